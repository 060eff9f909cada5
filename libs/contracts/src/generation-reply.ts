import type { DraftKind, DraftStopReason, TokenId, TokenSource } from '@outrider/speculation';
import { decodeReply, required, wireList } from './checks.js';
import { decodeDraftKind, encodeDraftKind } from './draft-kind.js';
import { invalidArgument } from './error.js';
import * as wire from './wire.js';

export interface GeneratedToken {
  readonly id: TokenId;
  /** The token's own text, lossy where a character spans tokens. */
  readonly text: string;
  readonly source: TokenSource;
  /** When asked for: under the model itself. */
  readonly logprob?: number | undefined;
  readonly topLogprobs?: readonly TopLogprob[];
}

export interface TopLogprob {
  readonly id: TokenId;
  readonly text: string;
  readonly logprob: number;
}

/** How one round went. Times in milliseconds, entropies in nats. */
export interface RoundReport {
  readonly round: number;
  readonly drafted: number;
  readonly accepted: number;
  readonly stopReason: DraftStopReason;
  readonly entropies: readonly number[];
  readonly stoppingEntropy?: number | undefined;
  readonly lambda?: number | undefined;
  readonly draftMs: number;
  readonly targetMs: number;
  readonly draftComputeMs: number;
  readonly targetComputeMs: number;
  readonly targetQueueMs: number;
  readonly roundMs: number;
  /** Passes of the draft model. */
  readonly draftPasses: number;
  /** Drafted tokens by where their distribution comes from. */
  readonly draftedBySource: Readonly<Record<string, number>>;
  /** Blocks of this and other sessions that the target's pass scored together. */
  readonly targetBatchSize: number;
}

export interface GenerationStarted extends Omit<wire.GenerationStarted, 'draftKind'> {
  /** Absent when no draft is in use. */
  readonly draftKind?: DraftKind | undefined;
}

export interface GenerationFinished {
  readonly reason: 'stop' | 'length';
  readonly usage: wire.Usage;
  readonly speculation: Omit<wire.SpeculationSummary, 'stopReasons' | 'sources'> & {
    /** Rounds by why their drafting stopped. */
    readonly stopReasons: Readonly<Record<string, number>>;
    /** Drafted and accepted tokens by where their distribution comes from. */
    readonly sources: Readonly<Record<string, wire.PositionCounts>>;
  };
  readonly timing: wire.Timing;
  /** Text still held back because its last character was incomplete, or it might have begun a stop string. */
  readonly text: string;
  /** The stop string that ended the text; empty when none did. */
  readonly stop: string;
}

/** What Generate streams for each completion: one started, then tokens, then one finished. */
export type GenerationEvent = CompletionEvent & {
  /** Which of the completions it belongs to; absent for the first. */
  readonly index?: number;
};

type CompletionEvent =
  | { readonly type: 'started'; readonly started: GenerationStarted }
  | {
      readonly type: 'tokens';
      readonly tokens: readonly GeneratedToken[];
      /** Text that these tokens complete; never half a character. */
      readonly text: string;
      readonly round: RoundReport;
    }
  | { readonly type: 'finished'; readonly finished: GenerationFinished };

const { FinishReason, TokenSource: WireSource } = wire;

const toWireSource: Readonly<Record<TokenSource, wire.TokenSource>> = {
  accepted: WireSource.TOKEN_SOURCE_ACCEPTED,
  recovered: WireSource.TOKEN_SOURCE_RECOVERED,
  bonus: WireSource.TOKEN_SOURCE_BONUS,
};
const fromWireSource = new Map(
  Object.entries(toWireSource).map(([source, value]) => [value, source as TokenSource] as const),
);

const stopReasons: Readonly<Record<DraftStopReason, true>> = {
  max_tokens: true,
  entropy: true,
  top_probability: true,
  survival: true,
  token_probability: true,
  no_match: true,
  end_of_text: true,
  context: true,
  cancelled: true,
  off: true,
  draft_unavailable: true,
};

export function encodeGenerationEvent(event: GenerationEvent): wire.GenerateResponse {
  return { event: encodeEvent(event), index: event.index ?? 0 };
}

function encodeEvent(event: CompletionEvent): wire.GenerateResponse['event'] {
  switch (event.type) {
    case 'started':
      return { $case: 'started', value: { ...event.started, draftKind: encodeDraftKind(event.started.draftKind) } };
    case 'tokens': {
      const tokens = event.tokens.map(({ id, text, source, logprob, topLogprobs = [] }) => ({
        tokenId: id,
        text,
        source: toWireSource[source],
        logprob,
        topLogprobs: topLogprobs.map((top) => ({ tokenId: top.id, text: top.text, logprob: top.logprob })),
      }));
      return { $case: 'tokens', value: { tokens, text: event.text, round: encodeRound(event.round) } };
    }
    case 'finished': {
      const { finished } = event;
      const reason = finished.reason === 'stop' ? FinishReason.FINISH_REASON_STOP : FinishReason.FINISH_REASON_LENGTH;
      const { sources, stopReasons } = finished.speculation;
      const speculation = { ...finished.speculation, sources: { ...sources }, stopReasons: { ...stopReasons } };
      return { $case: 'finished', value: { ...finished, reason, speculation } };
    }
  }
}

/** Errors: bad_reply with the field's path. */
export function decodeGenerationEvent(response: wire.GenerateResponse): GenerationEvent {
  return decodeReply('the orchestrator', () => {
    const event = decodeEvent(response);
    return response.index === 0 ? event : { ...event, index: response.index };
  });
}

function decodeEvent({ event }: wire.GenerateResponse): CompletionEvent {
  switch (event?.$case) {
    case 'started':
      return { type: 'started', started: decodeStarted(event.value) };
    case 'tokens': {
      const tokens = event.value.tokens.map(({ tokenId, text, source, logprob, topLogprobs }, i) => {
        const known = fromWireSource.get(source);
        if (!known) throw invalidArgument(`tokens.tokens[${i}].source`, `unknown value ${source}`);
        if (logprob === undefined) return { id: tokenId, text, source: known };
        const top = topLogprobs.map(({ tokenId: id, ...rest }) => ({ id, ...rest }));
        return { id: tokenId, text, source: known, logprob, topLogprobs: top };
      });
      const round = decodeRound(required(event.value.round, 'tokens.round'));
      return { type: 'tokens', tokens, text: event.value.text, round };
    }
    case 'finished':
      return { type: 'finished', finished: decodeFinished(event.value) };
    case undefined:
      throw invalidArgument('event', 'is none that this client knows');
  }
}

function decodeStarted(message: wire.GenerationStarted): GenerationStarted {
  const { draftKind, ...rest } = message;
  const kind = decodeDraftKind(draftKind, 'started.draft_kind');
  return { ...rest, ...(kind && { draftKind: kind }) };
}

function encodeRound(round: RoundReport): wire.RoundReport {
  return {
    ...round,
    entropies: wireList(round.entropies),
    stoppingEntropy: round.stoppingEntropy,
    lambda: round.lambda,
    draftedBySource: { ...round.draftedBySource },
  };
}

function decodeRound(message: wire.RoundReport): RoundReport {
  const { stopReason } = message;
  if (!isStopReason(stopReason)) throw invalidArgument('tokens.round.stop_reason', 'unknown value');
  return { ...message, stopReason };
}

function isStopReason(value: string): value is DraftStopReason {
  return Object.hasOwn(stopReasons, value);
}

function decodeFinished(message: wire.GenerationFinished): GenerationFinished {
  const { reason } = message;
  if (reason !== FinishReason.FINISH_REASON_STOP && reason !== FinishReason.FINISH_REASON_LENGTH) {
    throw invalidArgument('finished.reason', `unknown value ${reason}`);
  }
  return {
    reason: reason === FinishReason.FINISH_REASON_STOP ? 'stop' : 'length',
    usage: required(message.usage, 'finished.usage'),
    speculation: required(message.speculation, 'finished.speculation'),
    timing: required(message.timing, 'finished.timing'),
    text: message.text,
    stop: message.stop,
  };
}
