/** What several streams at once gain, and what they pay for it, on one warm stack of three service processes. */
import { connect } from '@outrider/rpc';
import type { BenchContext } from '../context.js';
import { defaultPair } from '../models.js';
import { modelName } from '../policies/result.js';
import { describeRun } from '../report/provenance.js';
import { resultPath, writeMeasurements, writeResult } from '../report/result-file.js';
import { timeGeneration } from '../stack/generate.js';
import { startStack } from '../stack/stack.js';
import { loadPrompts } from '../workload/prompts.js';
import { marginAt } from './margin.js';
import { type Generate, type LoadRun, measureLoad } from './measure.js';
import type { LoadPlan } from './plan.js';
import type { LoadResult } from './result.js';
import { summarizeLoad } from './summary.js';
import { loadReport } from './table.js';
import { type TextReport, compareTexts, nameTies, referenceOf } from './texts.js';

export interface LoadOptions extends LoadPlan {
  readonly threads: number;
  /** Sessions that a replica serves at a time; as many as the most streams without. */
  readonly slots?: number;
  /** Tokens that replicas may keep of finished sessions. */
  readonly cacheTokens: number;
  readonly output?: string;
  readonly quick?: boolean;
}

export async function runLoad(options: LoadOptions, context: BenchContext): Promise<void> {
  const { policies, requests, maxTokens, repeat, threads, cacheTokens } = options;
  const { args, env, progress, signal, stdout } = context;
  const streams = [...options.streams].sort((a, b) => a - b);
  const plan = { streams, requests, policies, maxTokens, repeat };
  const slots = options.slots ?? Math.max(...streams);
  const provenance = describeRun(args, new Date());
  const models = await defaultPair(context);
  const variables = { OUTRIDER_SLOTS: String(slots), OUTRIDER_CACHE_TOKENS: String(cacheTokens) };
  const stack = await startStack({ models, threads, variables, env, signal });
  const connection = connect(stack.address, 'orchestrator');
  try {
    const prompts = [...loadPrompts(), ...loadPrompts('training')];
    const generate: Generate = (command, own) => timeGeneration(connection, command, own);
    const run = await measureLoad(plan, prompts, generate, stack, progress);
    const result: LoadResult = {
      benchmark: 'load',
      ...provenance,
      settings: { ...plan, temperature: 0, threads, slots, cacheTokens },
      models: { target: modelName(models.target.manifest), draft: modelName(models.draft.manifest) },
      summaries: summarizeLoad(run.laps, policies, streams),
      texts: await judgeTexts(run, (prompt, expected, index) => {
        const found = prompts.find(({ id }) => id === prompt);
        return found && marginAt(connection, found, expected, index, stack.signal);
      }),
    };
    stdout.write(loadReport(result));
    const output = options.output ?? (options.quick === true ? undefined : resultPath('load'));
    if (output === undefined) return;
    await writeResult(output, result);
    await writeMeasurements(output, run.laps);
    progress.note(`written to ${output}`);
  } finally {
    progress.end();
    connection.close();
    await stack.stop();
  }
}

function judgeTexts(
  { texts }: LoadRun,
  margin: (prompt: string, expected: readonly number[], index: number) => Promise<number | undefined> | undefined,
): Promise<TextReport> {
  return nameTies(compareTexts(texts), async (difference) => {
    const reference = referenceOf(texts, difference);
    return reference && (await margin(difference.prompt, reference.tokenIds, difference.firstDifference));
  });
}
