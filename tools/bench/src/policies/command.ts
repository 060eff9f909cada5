/** The default benchmark: what each policy gains, on one warm stack of three service processes. */
import { connect } from '@outrider/rpc';
import type { DraftKind } from '@outrider/speculation';
import { defaultPair } from '../models.js';
import type { BenchContext } from '../context.js';
import { describeRun } from '../report/provenance.js';
import { resultPath, writeMeasurements, writeResult } from '../report/result-file.js';
import { startStack } from '../stack/stack.js';
import { choosePrompts } from '../workload/prompts.js';
import { measurePolicies } from './measure.js';
import { withKinds } from './named-kinds.js';
import { type PolicyResult, modelName } from './result.js';
import { summarize } from './summary.js';
import { policyReport } from './table.js';

export interface PolicyOptions {
  readonly prompts?: number;
  readonly policies: readonly string[];
  /** What to draft with, one after the other; the service's own choice without. */
  readonly draftKinds?: readonly DraftKind[];
  readonly temperatures: readonly number[];
  readonly maxTokens: number;
  readonly repeat: number;
  readonly threads: number;
  readonly seed: bigint;
  /** Where to write the result. */
  readonly output?: string;
  /** A short look: the result is written only where `output` says. */
  readonly quick?: boolean;
}

export async function runPolicies(options: PolicyOptions, context: BenchContext): Promise<void> {
  const { draftKinds, temperatures, maxTokens, repeat, threads, seed } = options;
  const policies = withKinds(options.policies, draftKinds);
  const { args, env, progress, signal, stdout } = context;
  const provenance = describeRun(args, new Date());
  const prompts = choosePrompts(options.prompts);
  const models = await defaultPair(context);
  const stack = await startStack({ models, threads, env, signal });
  try {
    const connection = connect(stack.address, 'orchestrator');
    const plan = { prompts, policies, temperatures, repeat, maxTokens, seed };
    const run = await measurePolicies(plan, connection, progress, stack.signal).finally(() => connection.close());
    const result: PolicyResult = {
      benchmark: 'policies',
      ...provenance,
      settings: { ...plan, prompts: prompts.length, threads, seed: String(seed), ...(draftKinds && { draftKinds }) },
      models: { target: modelName(models.target.manifest), draft: modelName(models.draft.manifest) },
      summaries: summarize(run.measurements, temperatures, policies),
      ...(run.equality === undefined ? {} : { equality: run.equality }),
      peakMemoryMiB: stack.peakMemory(),
    };
    stdout.write(policyReport(result));
    const output = options.output ?? (options.quick === true ? undefined : resultPath('policies'));
    if (output === undefined) return;
    await writeResult(output, result);
    await writeMeasurements(output, run.measurements);
    progress.note(`written to ${output}`);
  } finally {
    progress.end();
    await stack.stop();
  }
}
