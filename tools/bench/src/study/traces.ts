/** The traces that a study replays: those beside the results where they fit, others recorded now. */
import { join } from 'node:path';
import type { BenchContext } from '../context.js';
import { runRecord, traceName } from '../record/command.js';
import { readTrace } from '../trace/file.js';
import type { Trace } from '../trace/types.js';
import type { WorkloadPrompt } from '../workload/prompts.js';
import type { StudyDraft } from './types.js';

export interface TracePlan {
  readonly prompts: readonly WorkloadPrompt[];
  readonly maxTokens: number;
  readonly threads: number;
  readonly seed: bigint;
  /** Where traces are looked for, and the last one where they are recorded. */
  readonly folders: readonly string[];
}

/** Drafted off the text, behind a rejected token: as many as the longest compared length can ask for. */
const OFF_PATH = 16;

/** Reads the trace, or records it when there is none of these models over these prompts. */
export async function traceOf(
  draft: StudyDraft,
  target: { readonly fingerprint: string },
  temperature: number,
  plan: TracePlan,
  context: BenchContext,
): Promise<Trace> {
  const { folders, maxTokens, prompts, seed, threads } = plan;
  const name = traceName({ models: { draft: draft.model }, settings: { draftKind: draft.kind, temperature } });
  for (const folder of folders) {
    const found = await readTrace(join(folder, name)).catch(() => undefined);
    const fits =
      found?.header.models.target.fingerprint === target.fingerprint &&
      found.header.models.draft.fingerprint === draft.model.fingerprint;
    const known = fits ? chosen(found, prompts) : undefined;
    if (known !== undefined) return known;
  }
  const folder = folders.at(-1) as string;
  await runRecord(
    {
      prompts: prompts.length,
      maxTokens,
      temperatures: [temperature],
      draftKinds: [draft.kind],
      draft: draft.directory,
      offPath: OFF_PATH,
      threads,
      seed,
      folder,
    },
    // What it writes is of no interest here.
    { ...context, stdout: { write: () => true } },
  );
  return await readTrace(join(folder, name));
}

/** The texts of these prompts; undefined when one is missing. */
export function chosen(trace: Trace, prompts: readonly Pick<WorkloadPrompt, 'id'>[]): Trace | undefined {
  const texts = prompts.flatMap(({ id }) => trace.texts.find(({ prompt }) => prompt === id) ?? []);
  return texts.length === prompts.length ? { ...trace, texts } : undefined;
}
