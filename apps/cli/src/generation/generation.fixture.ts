/** A short completion as a server would report it. */
import type { GenerationEvent } from '@outrider/contracts';
import type { Generation } from './generation.js';

export interface SampleOptions {
  readonly policy?: string;
  readonly tokensPerSecond?: number;
  readonly lastToken?: number;
}

/** Three rounds: two tokens accepted and one recovered, one drafted and rejected, one not drafted for. */
export function sampleEvents({
  policy = 'adaedl',
  tokensPerSecond = 142.34,
  lastToken = 15,
}: SampleOptions = {}): GenerationEvent[] {
  const times = {
    draftMs: 2,
    targetMs: 6,
    draftComputeMs: 1,
    targetComputeMs: 5,
    targetQueueMs: 0,
    targetBatchSize: 1,
    roundMs: 8,
  };
  return [
    {
      type: 'started',
      started: {
        sessionId: 's-1',
        promptTokens: 38,
        cachedTokens: 3,
        policy,
        seed: 7n,
        targetModel: 'big',
        draftModel: 'small',
        draftKind: 'hybrid',
        targetReplica: '127.0.0.1:4002',
        draftReplica: '127.0.0.1:4001',
      },
    },
    {
      type: 'tokens',
      tokens: [
        { id: 11, text: 'The', source: 'accepted' },
        { id: 12, text: ' cat', source: 'accepted' },
        { id: 13, text: ' sat', source: 'recovered' },
      ],
      text: 'The cat sat',
      round: {
        ...times,
        round: 0,
        drafted: 3,
        accepted: 2,
        stopReason: 'entropy',
        entropies: [0.1, 0.2, 0.3],
        stoppingEntropy: 1.4,
        lambda: 0.7,
        draftPasses: 3,
        draftedBySource: { ngram: 1, neural: 2 },
      },
    },
    {
      type: 'tokens',
      tokens: [{ id: 14, text: '.\u001b[2J', source: 'recovered' }],
      text: '.\u001b[2J',
      round: {
        ...times,
        round: 1,
        drafted: 1,
        accepted: 0,
        stopReason: 'max_tokens',
        entropies: [2],
        lambda: 0.701,
        draftPasses: 1,
        draftedBySource: { neural: 1 },
      },
    },
    {
      type: 'tokens',
      tokens: [{ id: lastToken, text: '\ufffd', source: 'bonus' }],
      text: '',
      round: {
        ...times,
        round: 2,
        drafted: 0,
        accepted: 0,
        stopReason: 'off',
        entropies: [],
        draftPasses: 0,
        draftedBySource: {},
      },
    },
    {
      type: 'finished',
      finished: {
        reason: 'length',
        usage: { promptTokens: 38, completionTokens: 5, cachedTokens: 3 },
        speculation: {
          policy,
          rounds: 3,
          drafted: 4,
          accepted: 2,
          acceptanceRate: 0.5,
          meanAcceptanceLength: 5 / 3,
          stopReasons: { max_tokens: 1, entropy: 1, off: 1 },
          draftLost: false,
          positions: [
            { drafted: 2, accepted: 1 },
            { drafted: 1, accepted: 1 },
            { drafted: 1, accepted: 0 },
          ],
          acceptedLengths: [2, 0, 1],
          meanEntropy: 0.65,
          discarded: 2,
          discardedPasses: 1,
          acceptedTokens: 2,
          recoveredTokens: 2,
          bonusTokens: 1,
          sources: { neural: { drafted: 3, accepted: 1 }, ngram: { drafted: 1, accepted: 1 } },
          draftPasses: 4,
        },
        timing: {
          timeToFirstTokenMs: 43.2,
          totalMs: 90,
          tokensPerSecond,
          draftMs: 3,
          targetMs: 15,
          queueMs: 0,
          networkMs: 6,
        },
        text: '!',
        stop: '',
      },
    },
  ];
}

export async function* streamOf(events: readonly GenerationEvent[]): AsyncGenerator<GenerationEvent> {
  for (const event of events) yield await Promise.resolve(event);
}

export function sampleGeneration(options: SampleOptions = {}): Generation {
  const events = sampleEvents(options);
  const started = events.find((event) => event.type === 'started')?.started;
  const finished = events.find((event) => event.type === 'finished')?.finished;
  if (started === undefined || finished === undefined) throw new Error('the sample has both');
  const rounds = events.filter((event) => event.type === 'tokens');
  return {
    started,
    finished,
    text: rounds.map(({ text }) => text).join('') + finished.text,
    tokens: rounds.flatMap(({ tokens }) => tokens),
    rounds: rounds.map(({ round }) => round),
  };
}
