/** Our stack beside another program: the same model file, machine, threads and prompt tokens, in one interleaved run. */
import { type Connection, connect } from '@outrider/rpc';
import { parsePolicy } from '@outrider/speculation';
import type { BenchContext } from '../context.js';
import { defaultGguf, defaultPair } from '../models.js';
import { measurementOf } from '../policies/measurement.js';
import { modelName } from '../policies/result.js';
import { remainingTime } from '../progress.js';
import { describeRun } from '../report/provenance.js';
import { resultPath, writeMeasurements, writeResult } from '../report/result-file.js';
import { timeGeneration } from '../stack/generate.js';
import { startStack } from '../stack/stack.js';
import { withTemporaryFolder } from '../temporary-folder.js';
import { balancedOrder } from '../workload/order.js';
import { type WorkloadPrompt, choosePrompts } from '../workload/prompts.js';
import { PEER_PACKAGE, PEER_VERSION, installPeer } from './install.js';
import { type PeerProcess, startPeerProcess } from './peer-process.js';
import { type PeerMeasurement, agreement, summarizeContenders } from './summary.js';
import { type PeerResult, peerReport } from './table.js';

export interface PeerOptions {
  readonly prompts?: number;
  readonly maxTokens: number;
  readonly policies: readonly string[];
  readonly repeat: number;
  readonly threads: number;
  readonly seed: bigint;
  readonly output?: string;
  readonly quick?: boolean;
}

/** What the peer's cache is made for; prompt and completion must fit. */
const CONTEXT_LENGTH = 2048;

interface TimedText {
  readonly measurement: PeerMeasurement;
  readonly tokenIds: readonly number[];
}

export async function runPeer(options: PeerOptions, context: BenchContext): Promise<void> {
  const { policies, repeat, threads } = options;
  const { args, env, progress, signal, stdout } = context;
  const provenance = describeRun(args, new Date());
  const prompts = choosePrompts(options.prompts);
  const models = await defaultPair(context);
  const modelPath = await defaultGguf(context);
  const tokenizer = await models.target.loadTokenizer();

  await withTemporaryFolder('peer', async (folder) => {
    const module = await installPeer(folder, context);
    const peer = await startPeerProcess({ module, modelPath, threads, contextLength: CONTEXT_LENGTH }, signal);
    try {
      const stack = await startStack({ models, threads, env, signal });
      try {
        const connection = connect(stack.address, 'orchestrator');
        const contenders = [PEER_PACKAGE, ...policies];
        const encode = (prompt: WorkloadPrompt): number[] => tokenizer.encodeChat(prompt.messages);
        const time = contenderTimer(options, peer, connection, stack.signal);
        const texts = await measureAll(contenders, prompts, repeat, encode, time, context).finally(() =>
          connection.close(),
        );
        const measurements = texts.map(({ measurement }) => measurement);
        const result: PeerResult = {
          benchmark: 'peer',
          ...provenance,
          settings: {
            prompts: prompts.length,
            policies,
            maxTokens: options.maxTokens,
            repeat,
            threads,
            seed: String(options.seed),
          },
          models: { target: modelName(models.target.manifest), draft: modelName(models.draft.manifest) },
          peer: { name: PEER_PACKAGE, version: PEER_VERSION },
          contenders: summarizeContenders(measurements, contenders, PEER_PACKAGE),
          textAgreement: agreement(textPairs(texts)) ?? 0,
          peakMemoryMiB: { ...definedOnly({ [PEER_PACKAGE]: peer.peakMemoryMiB() }), ...stack.peakMemory() },
        };
        stdout.write(peerReport(result));
        const output = options.output ?? (options.quick === true ? undefined : resultPath('peer'));
        if (output === undefined) return;
        await writeResult(output, result);
        await writeMeasurements(output, measurements);
        progress.note(`written to ${output}`);
      } finally {
        await stack.stop();
      }
    } finally {
      progress.end();
      await peer.stop();
    }
  });
}

type Timer = (
  contender: string,
  prompt: WorkloadPrompt,
  lap: number,
  promptIds: readonly number[],
  maxTokens?: number,
) => Promise<TimedText>;

/** Times one generation of a contender, to the same definition for all. */
function contenderTimer(options: PeerOptions, peer: PeerProcess, connection: Connection, signal: AbortSignal): Timer {
  return async (contender, prompt, lap, promptIds, maxTokens = options.maxTokens) => {
    const key = { prompt: prompt.id, kind: prompt.kind, repeat: lap };
    if (contender !== PEER_PACKAGE) {
      const generation = await timeGeneration(
        connection,
        {
          prompt: { type: 'token_ids', tokenIds: promptIds },
          sampling: { temperature: 0, topK: 0, topP: 1, seed: options.seed },
          maxTokens,
          policy: parsePolicy(contender),
        },
        signal,
      );
      const { policy, ...measurement } = measurementOf({ ...key, temperature: 0, policy: contender }, generation);
      return { measurement: { ...measurement, contender: policy }, tokenIds: generation.tokenIds };
    }
    const { tokenIds, firstTokenMs, lastTokenMs } = await peer.generate({ promptIds, maxTokens }, signal);
    const measurement = {
      ...key,
      contender,
      promptTokens: promptIds.length,
      completionTokens: tokenIds.length,
      timeToFirstTokenMs: firstTokenMs,
      totalMs: lastTokenMs,
      decodeTokens: tokenIds.length - 1,
      decodeMs: lastTokenMs - firstTokenMs,
    };
    return { measurement, tokenIds };
  };
}

const WARM_UP_TOKENS = 16;

async function measureAll(
  contenders: readonly string[],
  prompts: readonly WorkloadPrompt[],
  repeat: number,
  encode: (prompt: WorkloadPrompt) => number[],
  time: Timer,
  { progress }: BenchContext,
): Promise<TimedText[]> {
  const first = prompts[0] as WorkloadPrompt;
  for (const contender of contenders) {
    progress.report(`warming up: ${contender}`);
    await time(contender, first, 0, encode(first), WARM_UP_TOKENS);
  }
  const texts: TimedText[] = [];
  const startedAt = performance.now();
  const total = repeat * prompts.length * contenders.length;
  for (let row = 0; row < repeat * prompts.length; row++) {
    const prompt = prompts[row % prompts.length] as WorkloadPrompt;
    for (const place of balancedOrder(contenders.length, row)) {
      const contender = contenders[place] as string;
      progress.report(
        `${prompt.id}, ${contender} (${remainingTime(texts.length, total, performance.now() - startedAt)})`,
      );
      texts.push(await time(contender, prompt, Math.floor(row / prompts.length), encode(prompt)));
    }
  }
  progress.end();
  return texts;
}

/** The peer's text and ours of the first policy, for each prompt of the first lap. */
function textPairs(texts: readonly TimedText[]): (readonly [readonly number[], readonly number[]])[] {
  const ofFirstLap = texts.filter(({ measurement }) => measurement.repeat === 0);
  return ofFirstLap
    .filter(({ measurement }) => measurement.contender === PEER_PACKAGE)
    .flatMap(({ measurement, tokenIds }) => {
      const own = ofFirstLap.find(
        (each) => each.measurement.prompt === measurement.prompt && each.measurement.contender !== PEER_PACKAGE,
      );
      return own === undefined ? [] : [[tokenIds, own.tokenIds] as const];
    });
}

function definedOnly(values: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
