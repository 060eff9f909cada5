/** An orchestrator over toy replicas, with a client. */
import {
  type GenerateCommand,
  type GeneratedToken,
  type GenerationEvent,
  type GenerationFinished,
  OutriderError,
  type RoundReport,
  createVocabulary,
  decodeGenerationEvent,
  encodeGenerateRequest,
  wire,
} from '@outrider/contracts';
import { type CallLimits, type Connection, callServerStream, connect, startServer } from '@outrider/rpc';
import { createAdmission } from '@outrider/rpc';
import { type SharedState, createMemoryState } from '@outrider/sessions';
import { type Logger, createLogger } from '@outrider/telemetry';
import { identifyDraft } from './draft-client.js';
import { generationService } from './handler.js';
import type { Orchestrator } from './orchestrator.js';
import { loadLearnedWeights } from './learned-weights.js';
import { createPolicies } from './policies.js';
import { createPromptEncoder } from './prompt.js';
import { createSessionHolder } from './lease.js';
import { createReplicaPool } from './replica-pool.js';
import { type ReplicaSource, parseReplicaSource } from './replica-source.js';
import { shareWarmStarts } from './shared-warm-starts.js';
import { watchStore } from './store-watch.js';
import { identifyTarget } from './target-client.js';
import { textStreams } from './text-stream.js';
import { tokenizerFingerprint } from './toy-replica.fixture.js';
import { byteTokenizer, endToken } from './toy-tokenizer.fixture.js';
import { createWarmStarts } from './warm-starts.js';

export interface TestStack {
  readonly orchestrator: Orchestrator;
  readonly connection: Connection;
  activeCalls(): number;
  close(): Promise<void>;
}

export interface StackOptions {
  /** As settings name them. */
  readonly targetAddress: string;
  readonly draftAddress?: string | undefined;
  readonly draftTimeoutMs?: number;
  readonly readerIdleMs?: number;
  readonly leaseMs?: number;
  readonly generations?: { readonly slots: number; readonly queueLength: number };
  readonly shared?: SharedState;
  readonly log?: Logger;
}

/** Lets go after the stack is closed; a state that was given is its giver's to close. */
export async function startStack(options: StackOptions): Promise<TestStack> {
  const tokenizer = byteTokenizer();
  const check = (model: { readonly tokenizerFingerprint: string }): void => {
    if (model.tokenizerFingerprint === tokenizerFingerprint) return;
    throw new OutriderError('fingerprint_mismatch', 'another tokenizer');
  };
  const { draftAddress, draftTimeoutMs = 500, leaseMs, readerIdleMs = 60_000, targetAddress } = options;
  const log = options.log ?? createLogger('orchestrator', 'silent');
  const shared = options.shared ?? createMemoryState({ now: Date.now, idleMs: 60_000, maxIdle: 10 });
  const store = watchStore(log);
  const common = { registry: shared.replicas, store, check, log };
  const orchestrator: Orchestrator = {
    targets: createReplicaPool({
      ...common,
      source: sourceOf(targetAddress),
      role: 'target',
      identify: identifyTarget,
    }),
    drafts:
      draftAddress === undefined
        ? undefined
        : createReplicaPool({ ...common, source: sourceOf(draftAddress), role: 'draft', identify: identifyDraft }),
    admission: createAdmission(options.generations ?? { slots: 100, queueLength: 0 }),
    sessions: createSessionHolder({ sessions: shared.sessions, store, ...(leaseMs && { leaseMs }) }),
    shared,
    store,
    tokenizer,
    prompts: createPromptEncoder(tokenizer),
    textStream: textStreams(tokenizer),
    vocabulary: createVocabulary(endToken + 1),
    policies: createPolicies({
      defaultPolicy: { kind: 'static', draftTokens: 3 },
      warmStarts: shareWarmStarts(createWarmStarts(), shared.warmStarts, store),
      learned: await loadLearnedWeights(),
    }),
    draftTimeoutMs,
    readerIdleMs,
    log,
  };
  const server = await startServer({ address: '127.0.0.1:0', services: [generationService(orchestrator)] });
  const connection = connect(server.address, 'the orchestrator');
  return {
    orchestrator,
    connection,
    activeCalls: server.activeCalls,
    async close() {
      connection.close();
      await server.drain(0);
      orchestrator.targets.close();
      orchestrator.drafts?.close();
    },
  };
}

function sourceOf(text: string): ReplicaSource {
  const source = parseReplicaSource(text);
  if (!source) throw new Error(`${text} names no replicas`);
  return source;
}

type GenerationStarted = Extract<GenerationEvent, { type: 'started' }>['started'];

export interface Generation {
  readonly started: GenerationStarted;
  readonly pieces: readonly string[];
  readonly text: string;
  readonly tokens: readonly GeneratedToken[];
  readonly rounds: readonly RoundReport[];
  readonly finished: GenerationFinished;
}

/** A greedy request of 40 tokens after `Hi`. */
export const request = (changes: Partial<GenerateCommand> = {}): GenerateCommand => ({
  prompt: { type: 'text', text: 'Hi' },
  sampling: { temperature: 0, topK: 0, topP: 1, seed: 0n },
  maxTokens: 40,
  ...changes,
});

export async function* stream(
  stack: TestStack,
  command: GenerateCommand = request(),
  limits: CallLimits = {},
): AsyncGenerator<GenerationEvent, void, void> {
  const method = wire.GenerationServiceService.generate;
  for await (const response of callServerStream(stack.connection, method, encodeGenerateRequest(command), limits)) {
    yield decodeGenerationEvent(response);
  }
}

/** A whole generation. Throws when its events come in another order than started, tokens, finished. */
export async function generate(stack: TestStack, command?: GenerateCommand, limits?: CallLimits): Promise<Generation> {
  const events: GenerationEvent[] = [];
  for await (const event of stream(stack, command, limits)) events.push(event);
  const [first, last] = [events[0], events.at(-1)];
  if (first?.type !== 'started' || last?.type !== 'finished') throw new Error('no whole generation');
  const middle = events.slice(1, -1).map((event) => {
    if (event.type !== 'tokens') throw new Error(`${event.type} in the middle`);
    return event;
  });
  const pieces = [...middle.map(({ text }) => text), last.finished.text];
  return {
    started: first.started,
    pieces,
    text: pieces.join(''),
    tokens: middle.flatMap(({ tokens }) => tokens),
    rounds: middle.map(({ round }) => round),
    finished: last.finished,
  };
}

export async function failure(promise: Promise<unknown>): Promise<OutriderError> {
  const error = await promise.then(
    () => new Error('did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OutriderError)) throw error;
  return error;
}
