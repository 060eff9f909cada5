/** The draft service over a toy engine, with a client that speaks its protocol. */
import {
  type DraftCommand,
  type DraftEvent,
  OutriderError,
  createVocabulary,
  decodeDraftReply,
  encodeDraftRequest,
  wire,
} from '@outrider/contracts';
import type { Replica } from '@outrider/replica';
import { type ToyEngine, type ToyReplicaOptions, createToyReplica, toyVocabulary } from '@outrider/replica/toy';
import { type CallLimits, type Connection, callBidi, connect, startServer } from '@outrider/rpc';
import { type DraftKinds, draftService } from './handler.js';

export interface TestService {
  readonly engine: ToyEngine;
  readonly replica: Replica<ToyEngine>;
  readonly address: string;
  readonly connection: Connection;
  activeCalls(): number;
  drain(graceMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function serveToy(
  options: Partial<ToyReplicaOptions> & { readonly kinds?: DraftKinds } = {},
): Promise<TestService> {
  const replica = createToyReplica(options);
  const services = [draftService(replica, options.kinds ?? ['neural'])];
  const server = await startServer({ address: '127.0.0.1:0', services });
  const connection = connect(server.address, 'the draft');
  return {
    engine: replica.engine,
    replica,
    address: server.address,
    connection,
    activeCalls: () => server.activeCalls(),
    drain: (graceMs) => server.drain(graceMs),
    async close() {
      connection.close();
      await server.drain(0);
    },
  };
}

/** One stream, in the domain's words. */
export interface TestStream {
  send(command: DraftCommand): Promise<void>;
  /** Any message, however wrong. */
  sendRaw(message: wire.DraftRequest): Promise<void>;
  next(): Promise<DraftEvent | undefined>;
  /** What the stream failed with. */
  failure(): Promise<OutriderError>;
  end(): void;
  cancel(): void;
}

const vocabulary = createVocabulary(toyVocabulary);

export function openStream(service: Pick<TestService, 'connection'>, limits: CallLimits = {}): TestStream {
  const stream = callBidi(service.connection, wire.DraftServiceService.draft, limits);
  const next = async (): Promise<DraftEvent | undefined> => {
    const reply = await stream.next();
    return reply && decodeDraftReply(reply, vocabulary);
  };
  return {
    send: (command) => stream.send(encodeDraftRequest(command)),
    sendRaw: stream.send,
    next,
    async failure() {
      try {
        while ((await next()) !== undefined);
      } catch (error) {
        if (error instanceof OutriderError) return error;
        throw error;
      }
      throw new Error('the stream ended well');
    },
    end: stream.end,
    cancel: stream.cancel,
  };
}

export const open = (sessionId = 's', fence = 1n): DraftCommand => ({
  type: 'open',
  open: {
    sessionId,
    fence,
    sampling: { temperature: 0, topK: 0, topP: 1, seed: 1n },
    promptTokens: 0,
    acceptance: 'rejection',
  },
});

export const prefill = (keepLength: number, tokens: readonly number[]): DraftCommand => ({
  type: 'prefill',
  prefill: { keepLength, tokens },
});

export const block = (round: number, keepLength: number, tokens: readonly number[], maxTokens = 3): DraftCommand => ({
  type: 'block',
  block: {
    at: { round, keepLength, tokens },
    limits: { maxTokens, minTokens: 1, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false },
  },
});
