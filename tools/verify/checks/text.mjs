// Marks of unfinished work; spelt in two parts, so that this file passes its own check.
const marks = ['TO' + 'DO', 'FIX' + 'ME'];

const rules = [
  // A bare /tmp may be a mount point; a name inside it belongs to one machine. os.tmpdir() is the way.
  { pattern: /(?<![\w.}])\/((work|root)\/|tmp\/\w)/, says: 'a path of one machine' },
  { pattern: new RegExp(`\\b(${marks.join('|')})\\b`), says: 'unfinished work' },
];

/**
 * Text that has no place in version control: paths of one machine and marks of unfinished work.
 *
 * @param {string} path
 * @param {Buffer} content a file with a zero byte is no text and passes
 * @returns {string[]} one line a finding
 */
export function checkText(path, content) {
  if (content.includes(0)) return [];
  const lines = content.toString('utf8').split('\n');
  return lines.flatMap((line, index) =>
    rules
      .filter(({ pattern }) => pattern.test(line))
      .map(({ says }) => `${path}:${index + 1}: ${says}: ${line.trim().slice(0, 100)}`),
  );
}
