/** Every policy at every number of streams, in an order that drift of the machine cannot favour. */
import type { GenerateCommand } from '@outrider/contracts';
import { parsePolicy } from '@outrider/speculation';
import type { Progress } from '../context.js';
import { remainingTime } from '../progress.js';
import type { TimedGeneration } from '../stack/generate.js';
import type { Stack } from '../stack/stack.js';
import { sum } from '../statistics/samples.js';
import { balancedOrder } from '../workload/order.js';
import type { WorkloadPrompt } from '../workload/prompts.js';
import { figuresOf } from './figures.js';
import { type LoadPlan, dealPrompts } from './plan.js';
import { type StreamCompletions, runStep } from './step.js';
import type { LoadLap } from './summary.js';
import type { LoadText } from './texts.js';

export interface LoadRun {
  readonly laps: readonly LoadLap[];
  readonly texts: readonly LoadText[];
}

/** Runs one completion in a session of its own. */
export type Generate = (command: GenerateCommand, signal: AbortSignal) => Promise<TimedGeneration>;

const WARM_UP_TOKENS = 16;

/** All tokens are counted and none ends a text, so that every stream has the same to do. */
export function loadCommand(prompt: WorkloadPrompt, policy: string, maxTokens: number): GenerateCommand {
  return {
    prompt: { type: 'messages', messages: prompt.messages },
    sampling: { temperature: 0, topK: 0, topP: 1, seed: 1n },
    maxTokens,
    ignoreEos: true,
    policy: parsePolicy(policy),
  };
}

export async function measureLoad(
  plan: LoadPlan,
  prompts: readonly WorkloadPrompt[],
  generate: Generate,
  stack: Pick<Stack, 'peakMemory' | 'resetPeakMemory' | 'signal'>,
  progress: Progress,
): Promise<LoadRun> {
  const { policies, streams, repeat, maxTokens } = plan;
  const { signal } = stack;
  const step = (policy: string, count: number, tokens: number): Promise<StreamCompletions> =>
    runStep(
      dealPrompts(prompts, plan, count),
      (prompt, own) => generate(loadCommand(prompt, policy, tokens), own),
      signal,
    );

  for (const policy of policies) {
    progress.report(`warming up: ${policy}`);
    await step(policy, Math.max(...streams), WARM_UP_TOKENS);
  }

  const cells = policies.flatMap((policy) => streams.map((count) => ({ policy, count })));
  const laps: LoadLap[] = [];
  const texts: LoadText[] = [];
  const startedAt = performance.now();
  for (let lap = 0; lap < repeat; lap++) {
    for (const place of balancedOrder(cells.length, lap)) {
      const { policy, count } = cells[place] as (typeof cells)[number];
      const left = remainingTime(laps.length, cells.length * repeat, performance.now() - startedAt);
      progress.report(`${policy}, ${count} streams, lap ${lap + 1} (${left})`);
      stack.resetPeakMemory();
      const completions = await step(policy, count, maxTokens);
      const key = { policy, streams: count, lap };
      laps.push({
        ...key,
        figures: figuresOf(completions),
        byStream: completions.map(streamTotals),
        peakMemoryMiB: stack.peakMemory(),
      });
      texts.push(...completions.flat().map(({ prompt, tokenIds }) => ({ ...key, prompt, tokenIds })));
    }
  }
  progress.end();
  return { laps, texts };
}

function streamTotals(completions: StreamCompletions[number]): LoadLap['byStream'][number] {
  return {
    tokens: sum(completions.map(({ tokenIds }) => tokenIds.length)),
    ms: sum(completions.map(({ lastTokenMs }) => lastTokenMs)),
  };
}
