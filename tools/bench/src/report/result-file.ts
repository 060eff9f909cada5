import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { resultsFolder } from '../paths.js';
import { formatJson } from './format-json.js';
import { roundNumbers } from './round-numbers.js';

export type ResultName =
  'policies' | 'engine' | 'peer' | 'quality' | 'features' | 'study' | 'study-quick' | 'load' | 'sessions';

export function resultPath(name: ResultName): string {
  return join(resultsFolder, `${name}.json`);
}

/** Whole or not at all. */
export async function writeText(path: string, text: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, path);
}

export async function writeResult(path: string, result: unknown): Promise<void> {
  await writeText(path, formatJson(roundNumbers(result)));
}

/** Every measurement behind a result, one a line, beside it: for `peer.json`, `peer.measurements.jsonl`. */
export async function writeMeasurements(path: string, measurements: readonly unknown[]): Promise<void> {
  const lines = measurements.map((each) => `${JSON.stringify(roundNumbers(each))}\n`);
  await writeText(`${path.replace(/\.json$/, '')}.measurements.jsonl`, lines.join(''));
}

/** A committed result; undefined when there is none. */
export async function readResult<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
