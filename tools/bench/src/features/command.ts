/** What sampling features cost: each beside the plain text, same prompts, policies and temperatures, in one run. */
import { connect } from '@outrider/rpc';
import { parsePolicy } from '@outrider/speculation';
import type { BenchContext } from '../context.js';
import { defaultPair } from '../models.js';
import { type ModelName, modelName } from '../policies/result.js';
import { remainingTime } from '../progress.js';
import { type Provenance, describeRun } from '../report/provenance.js';
import { resultPath, writeMeasurements, writeResult } from '../report/result-file.js';
import { type TimedGeneration, timeGeneration } from '../stack/generate.js';
import { startStack } from '../stack/stack.js';
import { balancedOrder } from '../workload/order.js';
import { choosePrompts } from '../workload/prompts.js';
import { FEATURE_NAMES, type FeatureName, featureRequest } from './features.js';
import { type FeatureMeasurement, type FeatureSummary, featuresReport, summarizeFeatures } from './summary.js';

export interface FeatureOptions {
  readonly prompts: number;
  readonly maxTokens: number;
  readonly policies: readonly string[];
  readonly temperatures: readonly number[];
  readonly threads: number;
  readonly seed: bigint;
  readonly output?: string;
}

/** features.json. */
export interface FeaturesResult extends Provenance {
  readonly benchmark: 'features';
  readonly settings: Omit<FeatureOptions, 'seed' | 'output'> & { readonly seed: string };
  readonly models: { readonly target: ModelName; readonly draft: ModelName };
  readonly features: readonly FeatureSummary[];
}

const WARM_UP_TOKENS = 16;

export async function runFeatures(options: FeatureOptions, context: BenchContext): Promise<void> {
  const { maxTokens, policies, seed, temperatures, threads } = options;
  const { args, env, progress, signal, stdout } = context;
  const provenance = describeRun(args, new Date());
  const prompts = choosePrompts(options.prompts);
  const models = await defaultPair(context);
  const stack = await startStack({ models, threads, env, signal });
  const connection = connect(stack.address, 'orchestrator');
  try {
    const time = async (
      name: FeatureName,
      policy: string,
      temperature: number,
      prompt: (typeof prompts)[number],
      tokens = maxTokens,
    ): Promise<TimedGeneration> =>
      timeGeneration(
        connection,
        featureRequest(name, {
          prompt: { type: 'messages', messages: prompt.messages },
          sampling: { temperature, topK: 0, topP: 1, seed },
          maxTokens: tokens,
          policy: parsePolicy(policy),
        }),
        stack.signal,
      );
    for (const name of FEATURE_NAMES) {
      progress.report(`warming up: ${name}`);
      for (const policy of policies)
        await time(name, policy, 1, prompts[0] as (typeof prompts)[number], WARM_UP_TOKENS);
    }

    const cells = temperatures.flatMap((temperature) =>
      policies.flatMap((policy) => FEATURE_NAMES.map((name) => ({ name, policy, temperature }))),
    );
    const measurements: FeatureMeasurement[] = [];
    const startedAt = performance.now();
    for (const [row, prompt] of prompts.entries()) {
      for (const place of balancedOrder(cells.length, row)) {
        const cell = cells[place] as (typeof cells)[number];
        const left = remainingTime(measurements.length, prompts.length * cells.length, performance.now() - startedAt);
        progress.report(`${prompt.id}, ${cell.name}, ${cell.policy} (${left})`);
        const { firstTokenMs, lastTokenMs, roundTokens, rounds } = await time(
          cell.name,
          cell.policy,
          cell.temperature,
          prompt,
        );
        measurements.push({
          ...cell,
          prompt: prompt.id,
          decodeTokens: roundTokens.slice(1).reduce((sum, count) => sum + count, 0),
          decodeMs: lastTokenMs - firstTokenMs,
          timeToFirstTokenMs: firstTokenMs,
          rounds: rounds.length,
          drafted: rounds.reduce((sum, round) => sum + round.drafted, 0),
          accepted: rounds.reduce((sum, round) => sum + round.accepted, 0),
        });
      }
    }
    progress.end();
    const result: FeaturesResult = {
      benchmark: 'features',
      ...provenance,
      settings: { prompts: prompts.length, maxTokens, policies, temperatures, threads, seed: String(seed) },
      models: { target: modelName(models.target.manifest), draft: modelName(models.draft.manifest) },
      features: summarizeFeatures(measurements),
    };
    stdout.write(featuresReport(result.features));
    const output = options.output ?? resultPath('features');
    await writeResult(output, result);
    await writeMeasurements(output, measurements);
    progress.note(`written to ${output}`);
  } finally {
    progress.end();
    connection.close();
    await stack.stop();
  }
}
