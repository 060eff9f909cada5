/** Which completions a step of the load benchmark asks for, and which of its streams asks for which. */
import type { WorkloadPrompt } from '../workload/prompts.js';

export interface LoadPlan {
  /** Numbers of streams, ascending. */
  readonly streams: readonly number[];
  /** Completions of each stream where there are most of them; with fewer streams each has more, so that all is the same in sum. */
  readonly requests: number;
  readonly policies: readonly string[];
  readonly maxTokens: number;
  readonly repeat: number;
}

/**
 * The prompts of each stream, [streams][completions]: the same prompts for any number of streams, dealt out in turn, so
 * that steps differ in nothing but how much of the work is done at a time. Prompts are taken again when they run out.
 */
export function dealPrompts(
  prompts: readonly WorkloadPrompt[],
  { streams: steps, requests }: Pick<LoadPlan, 'streams' | 'requests'>,
  streams: number,
): WorkloadPrompt[][] {
  const total = Math.max(...steps) * requests;
  const dealt = Array.from({ length: streams }, (): WorkloadPrompt[] => []);
  for (let i = 0; i < total; i++) dealt[i % streams]?.push(prompts[i % prompts.length] as WorkloadPrompt);
  return dealt;
}
