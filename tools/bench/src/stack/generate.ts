/** One timed generation over the public API. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type GenerateCommand,
  type GenerationEvent,
  type RoundReport,
  decodeGenerationEvent,
  encodeGenerateRequest,
  wire,
} from '@outrider/contracts';
import { type Connection, callServerStream, callUnary } from '@outrider/rpc';
import { BenchError } from '../bench-error.js';

const EXIT_NOTICE_MS = 300;

const { generate, closeSession } = wire.GenerationServiceService;

/** A generation as its client saw it. Times in milliseconds since the call. */
export interface TimedGeneration {
  readonly sessionId: string;
  /** When it was called, on the clock of `performance.now()`. */
  readonly calledAt: number;
  readonly promptTokens: number;
  /** Of the prompt: those that the target's cache held already. */
  readonly cachedTokens: number;
  readonly tokenIds: readonly number[];
  readonly text: string;
  /** When each round's tokens arrived. */
  readonly arrivalsMs: readonly number[];
  /** Tokens of each round. */
  readonly roundTokens: readonly number[];
  readonly rounds: readonly RoundReport[];
  readonly firstTokenMs: number;
  readonly lastTokenMs: number;
  readonly finishReason: 'stop' | 'length';
}

/**
 * Runs one and closes its session afterwards, unless the command names one. Rejects when the draft was lost on the way.
 */
export async function timeGeneration(
  connection: Connection,
  command: GenerateCommand,
  signal: AbortSignal,
): Promise<TimedGeneration> {
  const arrivals: number[] = [];
  const events: GenerationEvent[] = [];
  const calledAt = performance.now();
  const responses = callServerStream(connection, generate, encodeGenerateRequest(command), { signal });
  try {
    for await (const response of responses) {
      const arrivedAt = performance.now() - calledAt;
      const event = decodeGenerationEvent(response);
      events.push(event);
      if (event.type === 'tokens') arrivals.push(arrivedAt);
    }
  } catch (error) {
    // A service that died explains more than the connection that broke with it, a moment before its exit is noticed.
    await delay(EXIT_NOTICE_MS, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
    throw BenchError.from(error);
  }

  const started = events.find((event) => event.type === 'started')?.started;
  const finished = events.find((event) => event.type === 'finished')?.finished;
  const tokens = events.filter((event) => event.type === 'tokens');
  const [firstTokenMs, lastTokenMs] = [arrivals[0], arrivals.at(-1)];
  if (!started || !finished || firstTokenMs === undefined || lastTokenMs === undefined) {
    throw new BenchError('a generation ended without tokens');
  }
  if (finished.speculation.draftLost) throw new BenchError('a generation went on without its draft');
  const { sessionId, promptTokens, cachedTokens } = started;
  if (command.sessionId === undefined) await callUnary(connection, closeSession, { sessionId }, { signal });
  return {
    sessionId,
    calledAt,
    promptTokens,
    cachedTokens,
    tokenIds: tokens.flatMap((event) => event.tokens.map(({ id }) => id)),
    text: tokens.map((event) => event.text).join('') + finished.text,
    arrivalsMs: arrivals,
    roundTokens: tokens.map((event) => event.tokens.length),
    rounds: tokens.map((event) => event.round),
    firstTokenMs,
    lastTokenMs,
    finishReason: finished.reason,
  };
}
