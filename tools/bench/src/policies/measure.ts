/** Measures every policy on every prompt, one generation at a time, in an order that drift of the machine cannot favour. */
import type { Connection } from '@outrider/rpc';
import { type DraftKind, parsePolicy } from '@outrider/speculation';
import type { Progress } from '../context.js';
import { remainingTime } from '../progress.js';
import { timeGeneration } from '../stack/generate.js';
import { balancedOrder } from '../workload/order.js';
import type { WorkloadPrompt } from '../workload/prompts.js';
import { type EqualityReport, type Completion, compareCompletions } from './equality.js';
import { splitKind } from './named-kinds.js';
import { type Measurement, type MeasurementKey, measurementOf } from './measurement.js';

export interface PolicyPlan {
  readonly prompts: readonly WorkloadPrompt[];
  readonly policies: readonly string[];
  readonly temperatures: readonly number[];
  readonly repeat: number;
  readonly maxTokens: number;
  readonly seed: bigint;
  /** What is drafted with; the draft service's own choice without. */
  readonly draftKind?: DraftKind;
}

/** The measurements that differ in the policy alone. */
export type GroupKey = Omit<MeasurementKey, 'policy' | 'kind'>;

/** For a run that can be taken up again: groups that were measured before are left out. */
export interface GroupJournal {
  isDone(group: GroupKey): boolean;
  onGroup(measurements: readonly Measurement[]): Promise<void>;
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
  journal?: GroupJournal,
): Promise<PolicyRun> {
  const { draftKind, prompts, policies, temperatures, repeat, maxTokens, seed } = plan;
  const generate = (prompt: WorkloadPrompt, name: string, temperature: number, tokens: number, promptSeed: bigint) => {
    const { policy, ...named } = splitKind(name);
    return timeGeneration(
      connection,
      {
        prompt: { type: 'messages', messages: prompt.messages },
        sampling: { temperature, topK: 0, topP: 1, seed: promptSeed },
        maxTokens: tokens,
        policy: parsePolicy(policy),
        ...(draftKind && { draftKind }),
        ...named,
      },
      signal,
    );
  };

  const groups = Array.from({ length: repeat }, (_, i) => i).flatMap((lap) =>
    prompts.flatMap((prompt, index) => temperatures.map((temperature) => ({ lap, prompt, index, temperature }))),
  );
  const isDone = ({ lap, prompt, temperature }: (typeof groups)[number]): boolean =>
    journal?.isDone({ prompt: prompt.id, temperature, repeat: lap }) === true;
  const wanted = groups.filter((group) => !isDone(group)).length;
  if (wanted === 0) return { measurements: [], equality: undefined };

  for (const policy of policies) {
    progress.report(`warming up: ${policy}`);
    for (const temperature of temperatures) {
      await generate(prompts[0] as WorkloadPrompt, policy, temperature, WARM_UP_TOKENS, seed);
    }
  }

  const measurements: Measurement[] = [];
  const greedy: Completion[] = [];
  const startedAt = performance.now();
  for (const [row, group] of groups.entries()) {
    if (isDone(group)) continue;
    const { lap, prompt, index, temperature } = group;
    const own: Measurement[] = [];
    // All policies of a group share the seed; another lap samples other texts.
    const groupSeed = BigInt.asUintN(64, seed + BigInt(lap * prompts.length + index));
    for (const place of balancedOrder(policies.length, row)) {
      const policy = policies[place] as string;
      const left = remainingTime(
        measurements.length + own.length,
        wanted * policies.length,
        performance.now() - startedAt,
      );
      progress.report(`${prompt.id}, temperature ${temperature}, ${policy} (${left})`);
      const generation = await generate(prompt, policy, temperature, maxTokens, groupSeed);
      const key = { prompt: prompt.id, kind: prompt.kind, temperature, repeat: lap, policy };
      own.push(measurementOf(key, generation));
      if (temperature === 0) {
        greedy.push({ prompt: prompt.id, policy, repeat: lap, tokenIds: generation.tokenIds });
      }
    }
    measurements.push(...own);
    await journal?.onGroup(own);
  }
  progress.end();
  return { measurements, equality: greedy.length === 0 ? undefined : compareCompletions(greedy) };
}
