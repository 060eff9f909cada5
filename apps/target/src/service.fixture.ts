/** The target service over a toy engine, with a client that speaks its protocol. */
import {
  type VerifyCommand,
  type VerifyEvent,
  OutriderError,
  createVocabulary,
  decodeVerifyReply,
  encodeVerifyRequest,
  wire,
} from '@outrider/contracts';
import type { Replica } from '@outrider/replica';
import { type ToyEngine, type ToyReplicaOptions, createToyReplica, toyVocabulary } from '@outrider/replica/toy';
import { type CallLimits, type Connection, callBidi, connect, startServer } from '@outrider/rpc';
import { targetService } from './handler.js';

export interface TestService {
  readonly engine: ToyEngine;
  readonly replica: Replica<ToyEngine>;
  readonly address: string;
  readonly connection: Connection;
  activeCalls(): number;
  drain(graceMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function serveToy(options: Partial<ToyReplicaOptions> = {}): Promise<TestService> {
  const replica = createToyReplica(options);
  const services = [targetService(replica)];
  const server = await startServer({ address: '127.0.0.1:0', services });
  const connection = connect(server.address, 'the target');
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
  send(command: VerifyCommand): Promise<void>;
  /** Any message, however wrong. */
  sendRaw(message: wire.VerifyRequest): Promise<void>;
  next(): Promise<VerifyEvent | undefined>;
  /** What the stream failed with. */
  failure(): Promise<OutriderError>;
  end(): void;
  cancel(): void;
}

const vocabulary = createVocabulary(toyVocabulary);

export function openStream(service: Pick<TestService, 'connection'>, limits: CallLimits = {}): TestStream {
  const stream = callBidi(service.connection, wire.TargetServiceService.verify, limits);
  const next = async (): Promise<VerifyEvent | undefined> => {
    const reply = await stream.next();
    return reply && decodeVerifyReply(reply, vocabulary);
  };
  return {
    send: (command) => stream.send(encodeVerifyRequest(command)),
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

export const open = (sessionId = 's', fence = 1n): VerifyCommand => ({
  type: 'open',
  open: {
    sessionId,
    fence,
    sampling: { temperature: 0, topK: 0, topP: 1, seed: 1n },
    promptTokens: 0,
    acceptance: 'rejection',
  },
});

export const prefill = (keepLength: number, tokens: readonly number[]): VerifyCommand => ({
  type: 'prefill',
  prefill: { keepLength, tokens },
});

export const block = (
  round: number,
  keepLength: number,
  tokens: readonly number[],
  draft: readonly number[] = [],
): VerifyCommand => ({
  type: 'block',
  block: { at: { round, keepLength, tokens }, draft: draft.map((id) => ({ id, candidateIds: [id] })) },
});
