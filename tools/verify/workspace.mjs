/** Where the workspace is, which files it has, and how its tools are called. */
import { execFileSync, spawnSync } from 'node:child_process';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Folder of the command-line tools that the workspace installs. */
export const bin = join(root, 'node_modules/.bin');

const maxBuffer = 64 * 1024 * 1024;
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };

/**
 * Runs buf on proto/, with the workspace's own plugins on its path.
 *
 * @param {string[]} args
 * @returns {Buffer} what buf wrote to standard output
 * @throws {Error} when buf fails; what it says is on standard error
 */
export function buf(args) {
  return execFileSync(join(bin, 'buf'), args, {
    cwd: join(root, 'proto'),
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer,
  });
}

/**
 * @param {string[]} args
 * @returns {string[]} what buf has to say about proto/; empty when it is content
 */
export function bufProblems(args) {
  return problemsOf('buf', args, join(root, 'proto'));
}

/**
 * Runs a tool of the workspace that says by its exit status whether all is well.
 *
 * @param {string} tool a name in node_modules/.bin, or an absolute path
 * @param {string[]} args
 * @param {string} [folder] where it runs; default the root
 * @returns {string[]} the lines it printed when it failed; empty when it succeeded
 */
export function problemsOf(tool, args, folder = root) {
  const path = isAbsolute(tool) ? tool : join(bin, tool);
  const { status, stdout, stderr, error } = spawnSync(path, args, { cwd: folder, env, encoding: 'utf8', maxBuffer });
  if (error !== undefined) return [`${tool}: ${error.message}`];
  if (status === 0) return [];
  return [...`${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== ''), `${tool}: exit status ${status}`];
}

/**
 * Files in version control, and new ones that are not ignored; may list one that was just removed.
 *
 * @returns {string[]} paths relative to the root
 */
export function trackedFiles() {
  // The clone may belong to another user than the one who tests it.
  const args = [
    '-c',
    'safe.directory=*',
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  ];
  const list = execFileSync('git', args, { cwd: root, maxBuffer }).toString();
  return list.split('\0').filter((path) => path !== '');
}
