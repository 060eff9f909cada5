/** One step: so many streams at once, each with its completions one after the other. */
import type { TimedGeneration } from '../stack/generate.js';
import type { WorkloadPrompt } from '../workload/prompts.js';

export interface LoadCompletion extends TimedGeneration {
  readonly prompt: string;
}

/** The completions of each stream. */
export type StreamCompletions = readonly (readonly LoadCompletion[])[];

/** Rejects when one of them fails, after the others have been given up. */
export async function runStep(
  dealt: readonly (readonly WorkloadPrompt[])[],
  generate: (prompt: WorkloadPrompt, signal: AbortSignal) => Promise<TimedGeneration>,
  signal: AbortSignal,
): Promise<StreamCompletions> {
  const failed = new AbortController();
  const own = AbortSignal.any([signal, failed.signal]);
  const runStream = async (prompts: readonly WorkloadPrompt[]): Promise<LoadCompletion[]> => {
    const completions: LoadCompletion[] = [];
    for (const prompt of prompts) completions.push({ prompt: prompt.id, ...(await generate(prompt, own)) });
    return completions;
  };
  const streams = dealt.map((prompts) => runStream(prompts));
  try {
    return await Promise.all(streams);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(streams);
    throw error;
  }
}
