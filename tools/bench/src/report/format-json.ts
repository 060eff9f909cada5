/** JSON laid out as the repository's formatter lays it out, so that a committed result needs no second pass. */

const WIDTH = 120;

export function formatJson(value: unknown): string {
  return `${render(JSON.parse(JSON.stringify(value)), '', 0)}\n`;
}

/** `used` is the width that what stands before it on its line takes, and a comma after it. */
function render(value: unknown, indent: string, used: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (!Array.isArray(value)) {
    const lines = Object.entries(value).map(([key, item]) => {
      const name = `${JSON.stringify(key)}: `;
      return `${inner}${name}${render(item, inner, inner.length + name.length + 1)}`;
    });
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
  }
  if (value.length === 0) return '[]';
  const flat = value.every((item) => typeof item !== 'object' || item === null);
  const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  if (flat && used + line.length <= WIDTH) return line;
  const items = value.map((item) => render(item, inner, inner.length + 1));
  const numbers = value.every((item) => typeof item === 'number');
  return `[\n${inner}${numbers ? fill(items, inner) : items.join(`,\n${inner}`)}\n${indent}]`;
}

/** Numbers, as many to a line as fit. */
function fill(items: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const [i, item] of items.entries()) {
    const text = i < items.length - 1 ? `${item},` : item;
    if (line !== '' && indent.length + line.length + 1 + text.length > WIDTH) {
      lines.push(line);
      line = text;
    } else line = line === '' ? text : `${line} ${text}`;
  }
  return [...lines, line].join(`\n${indent}`);
}
