/**
 * What of a study is done: lines of a file, the first of which says of what run they are. A line is written when its
 * cell or group is finished, so that an interrupted study goes on from there.
 */
import { appendFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BenchError } from '../bench-error.js';
import { roundNumbers } from '../report/round-numbers.js';

export interface Journal<Line> {
  readonly lines: readonly Line[];
  add(line: Line): Promise<void>;
}

/**
 * Opens or begins one. `run` tells one run from another as JSON. A line that was cut off is removed. Rejects with a
 * BenchError when the file is of another run, unless `fresh`, which begins anew.
 */
export async function openJournal<Line>(path: string, run: unknown, fresh: boolean): Promise<Journal<Line>> {
  const header = JSON.stringify({ run });
  const found = fresh ? undefined : await readWhole(path);
  const [first, ...rest] = found ?? [];
  if (first === undefined) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${header}\n`);
  } else if (first !== header) {
    const differs = differences(JSON.parse(first) as Run, JSON.parse(header) as Run);
    throw new BenchError(
      `${path} is of another run (${differs.join(', ')} differ): run it as it was begun, name another --output, or begin anew with --fresh`,
    );
  }
  const lines = rest.map((line) => JSON.parse(line) as Line);
  return {
    lines,
    async add(line) {
      const rounded = roundNumbers(line);
      await appendFile(path, `${JSON.stringify(rounded)}\n`);
      lines.push(rounded);
    },
  };
}

interface Run {
  readonly run?: Readonly<Record<string, unknown>>;
}

function differences(a: Run, b: Run): string[] {
  const names = new Set([...Object.keys(a.run ?? {}), ...Object.keys(b.run ?? {})]);
  return [...names].filter((name) => JSON.stringify(a.run?.[name]) !== JSON.stringify(b.run?.[name]));
}

/** The whole lines; what follows the last line end is cut off the file. */
async function readWhole(path: string): Promise<string[] | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (text === undefined) return undefined;
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) await truncate(path, Buffer.byteLength(whole));
  return whole.split('\n').filter((line) => line !== '');
}
