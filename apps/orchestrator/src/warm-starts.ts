import { readFile, rename, writeFile } from 'node:fs/promises';

/**
 * What policies have learned, by who learned it under which circumstances, for the next generation alike. Bounded: the
 * least recently kept goes first.
 */
export interface WarmStarts {
  find(key: string): unknown;
  keep(key: string, state: unknown): void;
  /** All of it, oldest first. */
  entries(): readonly (readonly [string, unknown])[];
}

export const MOST_WARM_STARTS = 256;

export function createWarmStarts(known: Iterable<readonly [string, unknown]> = []): WarmStarts {
  const states = new Map<string, unknown>();
  const keep = (key: string, state: unknown): void => {
    states.delete(key);
    states.set(key, state);
    const [oldest] = states.keys();
    if (states.size > MOST_WARM_STARTS && oldest !== undefined) states.delete(oldest);
  };
  for (const [key, state] of known) keep(key, state);
  return { find: (key) => states.get(key), keep, entries: () => [...states] };
}

/** Nothing where there is no such file. Errors: those of reading it; a SyntaxError when it is no such JSON. */
export async function readWarmStarts(file: string): Promise<WarmStarts> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return createWarmStarts();
    throw error;
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new SyntaxError(`${file} holds no object of warm starts`);
  }
  return createWarmStarts(Object.entries(parsed));
}

/** Whole or not at all, also when another process writes it at the same time. */
export async function writeWarmStarts(file: string, starts: WarmStarts): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(Object.fromEntries(starts.entries()))}\n`);
  await rename(draft, file);
}
