/** What sessions save and what they leave behind, on one stack of three service processes. */
import { connect } from '@outrider/rpc';
import type { BenchContext } from '../context.js';
import { defaultPair } from '../models.js';
import { modelName } from '../policies/result.js';
import { remainingTime } from '../progress.js';
import { describeRun } from '../report/provenance.js';
import { resultPath, writeMeasurements, writeResult } from '../report/result-file.js';
import { timeGeneration } from '../stack/generate.js';
import { residentMemoryMiB } from '../stack/memory.js';
import { type Stack, startStack } from '../stack/stack.js';
import { createPassages } from './passages.js';
import { type BenchRedis, countKeys, startRedis } from './redis-process.js';
import { leftOvers } from './replicas.js';
import type { SessionsResult } from './result.js';
import { type ReuseSample, measureReuse, summarizeReuse } from './reuse.js';
import { memoryGrowth, soak } from './soak.js';
import { sessionsReport } from './table.js';

export interface SessionsOptions {
  readonly policy: string;
  readonly repeat: number;
  /** Of the soak; 0 leaves it out. */
  readonly sessions: number;
  readonly threads: number;
  readonly seed: bigint;
  /** A URL, or true to start a redis-server for the run. */
  readonly redis?: string | true;
  readonly output?: string;
  readonly quick?: boolean;
}

/** Apart from whatever else a Redis holds. */
const KEY_PREFIX = 'outrider-bench';

export async function runSessions(options: SessionsOptions, context: BenchContext): Promise<void> {
  const { policy, repeat, sessions, threads, seed } = options;
  const { args, env, progress, signal, stdout } = context;
  const provenance = describeRun(args, new Date());
  const models = await defaultPair(context);
  const redis = await openRedis(options.redis, signal);
  let stack: Stack | undefined;
  try {
    const variables = redis && { OUTRIDER_REDIS_URL: redis.url, OUTRIDER_REDIS_KEY_PREFIX: KEY_PREFIX };
    stack = await startStack({ models, threads, ...(variables && { variables }), env, signal });
    const samples = await reuseSamples(stack, options, context);
    const soaked = sessions === 0 ? undefined : await soakStack(stack, options, redis, context);
    const result: SessionsResult = {
      benchmark: 'sessions',
      ...provenance,
      settings: { policy, repeat, sessions, threads, seed: String(seed), redis: redis !== undefined },
      models: { target: modelName(models.target.manifest), draft: modelName(models.draft.manifest) },
      reuse: summarizeReuse(samples),
      ...(soaked && { soak: soaked }),
    };
    progress.end();
    stdout.write(sessionsReport(result));
    const output = options.output ?? (options.quick === true ? undefined : resultPath('sessions'));
    if (output === undefined) return;
    await writeResult(output, result);
    await writeMeasurements(output, samples);
    progress.note(`written to ${output}`);
  } finally {
    progress.end();
    await stack?.stop();
    await redis?.stop();
  }
}

async function openRedis(redis: SessionsOptions['redis'], signal: AbortSignal): Promise<BenchRedis | undefined> {
  if (redis === undefined) return undefined;
  return redis === true ? startRedis(signal) : { url: redis, stop: async () => undefined };
}

async function reuseSamples(
  stack: Stack,
  { policy, repeat }: SessionsOptions,
  { progress }: BenchContext,
): Promise<ReuseSample[]> {
  const connection = connect(stack.address, 'orchestrator');
  try {
    const takePassage = createPassages(connection, stack.signal);
    const lap = (sample: number): Promise<ReuseSample[]> =>
      measureReuse(sample, policy, takePassage, (command) => timeGeneration(connection, command, stack.signal));
    progress.report('warming up');
    await lap(-1);
    const samples: ReuseSample[] = [];
    for (let sample = 0; sample < repeat; sample++) {
      progress.report(`time to first token, sample ${sample + 1} of ${repeat}`);
      samples.push(...(await lap(sample)));
    }
    return samples;
  } finally {
    connection.close();
  }
}

async function soakStack(
  stack: Stack,
  { policy, seed, sessions }: SessionsOptions,
  redis: BenchRedis | undefined,
  { progress }: BenchContext,
): Promise<NonNullable<SessionsResult['soak']>> {
  const connection = connect(stack.address, 'orchestrator');
  try {
    const startedAt = performance.now();
    const onProgress = (done: number): void =>
      progress.report(`soak, ${remainingTime(done, sessions, performance.now() - startedAt)}`);
    const run = await soak(sessions, policy, seed, connection, () => residentMemory(stack), onProgress, stack.signal);
    const leftOver = await leftOvers(stack);
    const counts = redis && (await countKeys(redis.url, KEY_PREFIX));
    return { ...run, leftOver, ...(counts && { redis: counts }), growth: memoryGrowth(run.memory) };
  } finally {
    connection.close();
  }
}

function residentMemory({ services }: Stack): Record<string, number> {
  const entries = services.map(({ name, pid }) => [name, residentMemoryMiB(pid)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [(typeof entry)[0], number] => entry[1] !== undefined));
}
