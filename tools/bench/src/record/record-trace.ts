/** Records a trace, prompt by prompt: what is done is kept in a file beside it, from which the next try goes on. */
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TokenId } from '@outrider/speculation';
import type { Progress } from '../context.js';
import { remainingTime } from '../progress.js';
import { parseTrace, writeTrace } from '../trace/file.js';
import type { Trace, TraceHeader, TraceText } from '../trace/types.js';
import type { WorkloadPrompt } from '../workload/prompts.js';
import { type RecordingEngines, recordText } from './record-text.js';

export interface TracePlan {
  readonly header: TraceHeader;
  readonly prompts: readonly WorkloadPrompt[];
  encode(prompt: WorkloadPrompt): readonly TokenId[];
  /** Where the trace goes. */
  readonly output: string;
}

/** Errors: what the engines reject with, and the signal's reason; the texts that were done stay for another try. */
export async function recordTrace(
  plan: TracePlan,
  engines: RecordingEngines,
  progress: Progress,
  signal: AbortSignal,
): Promise<Trace> {
  const { header, output, prompts } = plan;
  const { draftKind, maxTokens, offPathDepth, seed, temperature } = header.settings;
  const partial = `${output}.partial`;
  const begun = await readPartial(partial, header);
  const texts: TraceText[] = [...begun.texts];
  if (texts.length > 0) progress.note(`going on after ${texts.length} of ${prompts.length} prompts`);
  else {
    await mkdir(dirname(partial), { recursive: true });
    await rm(partial, { force: true });
    await appendFile(partial, `${JSON.stringify(header)}\n`);
  }
  const startedAt = performance.now();
  for (const [index, prompt] of prompts.entries()) {
    if (index < begun.texts.length) continue;
    signal.throwIfAborted();
    const done = index - begun.texts.length;
    const left = remainingTime(done, prompts.length - begun.texts.length, performance.now() - startedAt);
    progress.report(`${prompt.id}, temperature ${temperature}, ${draftKind} (${left})`);
    const textSeed = BigInt.asUintN(64, BigInt(seed) + BigInt(index));
    const sampling = { temperature, topK: 0, topP: 1, seed: textSeed };
    const promptTokens = plan.encode(prompt);
    const text = await recordText(
      engines,
      { prompt, promptTokens, sampling, draftKind, maxTokens, offPathDepth },
      signal,
    );
    texts.push(text);
    await appendFile(partial, `${JSON.stringify(text)}\n`);
  }
  progress.end();
  const trace: Trace = { header: begun.header, texts };
  await writeTrace(output, trace);
  await rm(partial, { force: true });
  return trace;
}

/** The texts of an earlier try of the same; what was cut off in the middle of a line is left out. */
async function readPartial(path: string, header: TraceHeader): Promise<Trace> {
  const nothing: Trace = { header, texts: [] };
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing;
    throw error;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole === '' || whole !== text) return nothing;
  const begun = parseTrace(whole, path);
  const same = ({ models, settings }: TraceHeader): string => JSON.stringify([models, settings]);
  return same(begun.header) === same(header) ? begun : nothing;
}
