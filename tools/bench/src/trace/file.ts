/** Traces on disk: JSON lines, gzipped when the name says so. */
import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { BenchError } from '../bench-error.js';
import { writeText } from '../report/result-file.js';
import { type PlaceFigures, TRACE_FORMAT, type Trace, type TraceHeader, type TraceText } from './types.js';

/** Whole or not at all. */
export async function writeTrace(path: string, { header, texts }: Trace): Promise<void> {
  const text = [header, ...texts].map((line) => `${JSON.stringify(line)}\n`).join('');
  await writeText(path, path.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text);
}

/** Errors: a BenchError naming the file, and the line that is wrong. */
export async function readTrace(path: string): Promise<Trace> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new BenchError(`cannot read the trace ${path}: ${(error as Error).message}`, 1, { cause: error });
  }
  return parseTrace((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'), path);
}

export function parseTrace(text: string, name: string): Trace {
  const lines = text.split('\n').filter((line) => line !== '');
  const values = lines.map((line, i) => parseLine(line, name, i + 1));
  const header = values[0] as Partial<TraceHeader> | undefined;
  if (header?.format !== TRACE_FORMAT) throw new BenchError(`${name} is no trace of the format ${TRACE_FORMAT}`);
  const texts = values.slice(1) as TraceText[];
  texts.forEach((each, i) => {
    const problem = problemOf(each);
    if (problem !== undefined) throw new BenchError(`${name}:${i + 2}: ${problem}`);
  });
  return { header: header as TraceHeader, texts };
}

function parseLine(line: string, name: string, number: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw new BenchError(`${name}:${number}: ${(error as Error).message}`, 1, { cause: error });
  }
}

const FIGURES = [
  'entropy',
  'topProbability',
  'acceptance',
  'expectedAcceptance',
  'acceptedProbability',
  'rejectedProbability',
] as const satisfies readonly (keyof PlaceFigures)[];

function problemOf(text: TraceText): string | undefined {
  const length = text.tokens?.length ?? 0;
  if (length === 0) return 'a text without tokens';
  if (text.sources?.length !== length) return `${length} tokens, but not as many sources`;
  const own = FIGURES.map((name) => [name, text[name]] as const);
  const fallback = FIGURES.map((name) => [`fallback.${name}`, text.fallback?.[name]] as const);
  const timings = (['draftMs', 'targetMs'] as const).map((name) => [name, text[name]] as const);
  for (const [name, values] of [...own, ...timings, ...(text.fallback === undefined ? [] : fallback)]) {
    if (values?.length !== length) return `${length} tokens, but ${values?.length ?? 'no'} values of ${name}`;
    if (!values.every((value) => value >= 0 && Number.isFinite(value))) return `${name} holds what is no number >= 0`;
  }
  for (const figures of [text, ...(text.fallback === undefined ? [] : [text.fallback])]) {
    if (figures.offPath?.length !== length) return `${length} tokens, but not as many of offPath`;
    const missing = figures.offPath.findIndex(
      (chain, i) =>
        chain === null &&
        (figures.acceptance[i] as number) < 1 &&
        text.sources[i] !== '-' &&
        (figures === text || text.sources[i] === 'g'),
    );
    if (missing >= 0) return `nothing is known behind a rejected token at ${missing}`;
  }
  return undefined;
}
