/** Measures every policy on every prompt, one generation at a time, in an order that drift of the machine cannot favour. */
import type { Connection } from '@outrider/rpc';
import { parsePolicy } from '@outrider/speculation';
import type { Progress } from '../context.js';
import { remainingTime } from '../progress.js';
import { timeGeneration } from '../stack/generate.js';
import { balancedOrder } from '../workload/order.js';
import type { WorkloadPrompt } from '../workload/prompts.js';
import { type EqualityReport, type Completion, compareCompletions } from './equality.js';
import { type Measurement, measurementOf } from './measurement.js';

export interface PolicyPlan {
  readonly prompts: readonly WorkloadPrompt[];
  readonly policies: readonly string[];
  readonly temperatures: readonly number[];
  readonly repeat: number;
  readonly maxTokens: number;
  readonly seed: bigint;
}

export interface PolicyRun {
  readonly measurements: readonly Measurement[];
  /** At temperature 0; undefined when it was not measured. */
  readonly equality: EqualityReport | undefined;
}

/** Tokens of the generations that warm the stack up, one a policy; they are not measured. */
const WARM_UP_TOKENS = 16;

export async function measurePolicies(
  plan: PolicyPlan,
  connection: Connection,
  progress: Progress,
  signal: AbortSignal,
): Promise<PolicyRun> {
  const { prompts, policies, temperatures, repeat, maxTokens, seed } = plan;
  const generate = (prompt: WorkloadPrompt, policy: string, temperature: number, tokens: number, promptSeed: bigint) =>
    timeGeneration(
      connection,
      {
        prompt: { type: 'messages', messages: prompt.messages },
        sampling: { temperature, topK: 0, topP: 1, seed: promptSeed },
        maxTokens: tokens,
        policy: parsePolicy(policy),
      },
      signal,
    );

  for (const policy of policies) {
    progress.report(`warming up: ${policy}`);
    for (const temperature of temperatures) {
      await generate(prompts[0] as WorkloadPrompt, policy, temperature, WARM_UP_TOKENS, seed);
    }
  }

  const groups = Array.from({ length: repeat }, (_, i) => i).flatMap((lap) =>
    prompts.flatMap((prompt, index) => temperatures.map((temperature) => ({ lap, prompt, index, temperature }))),
  );
  const measurements: Measurement[] = [];
  const greedy: Completion[] = [];
  const startedAt = performance.now();
  for (const [row, { lap, prompt, index, temperature }] of groups.entries()) {
    // All policies of a group share the seed; another lap samples other texts.
    const groupSeed = BigInt.asUintN(64, seed + BigInt(lap * prompts.length + index));
    for (const place of balancedOrder(policies.length, row)) {
      const policy = policies[place] as string;
      const left = remainingTime(measurements.length, groups.length * policies.length, performance.now() - startedAt);
      progress.report(`${prompt.id}, temperature ${temperature}, ${policy} (${left})`);
      const generation = await generate(prompt, policy, temperature, maxTokens, groupSeed);
      const key = { prompt: prompt.id, kind: prompt.kind, temperature, repeat: lap, policy };
      measurements.push(measurementOf(key, generation));
      if (temperature === 0) {
        greedy.push({ prompt: prompt.id, policy, repeat: lap, tokenIds: generation.tokenIds });
      }
    }
  }
  progress.end();
  return { measurements, equality: greedy.length === 0 ? undefined : compareCompletions(greedy) };
}
