import type { DraftBlock, DraftSource, DraftStopReason, DraftedToken } from '@outrider/speculation';
import { decodeReply, inRange, listLength, notNegative, wireList } from './checks.js';
import { decodeSparse } from './distribution.js';
import { OutriderError, invalidArgument } from './error.js';
import { limits } from './limits.js';
import { type Prefilled, type SessionOpened, decodeOpened, decodePrefilled } from './session.js';
import type { Vocabulary } from './vocabulary.js';
import * as wire from './wire.js';

/** How a block ended, without its tokens. */
export type DraftBlockEnd = Omit<DraftBlock, 'tokens'>;

/** Tokens of a block, in order. */
interface DraftedTokens {
  readonly round: number;
  readonly tokens: readonly DraftedToken[];
  /**
   * What is wrong with the token after these. The tokens before it stay usable, and have to be used: a fault may
   * depend on them, and throwing them away for it would bias the output.
   */
  readonly fault?: OutriderError;
}

/** What a draft may say on a Draft stream. */
export type DraftEvent =
  | ({ readonly type: 'opened' } & SessionOpened)
  | { readonly type: 'prefilled'; readonly prefilled: Prefilled }
  | (DraftedTokens & { readonly type: 'proposed' })
  /** Its tokens follow those that were proposed before. */
  | (DraftedTokens & { readonly type: 'block_end'; readonly end: DraftBlockEnd });

const { DraftStopReason: WireReason } = wire;

/** `off` and `draft_unavailable` are the orchestrator's own and never travel here. */
type WireStopReason = Exclude<DraftStopReason, 'off' | 'draft_unavailable'>;

const toWireReason: Readonly<Record<WireStopReason, wire.DraftStopReason>> = {
  max_tokens: WireReason.DRAFT_STOP_REASON_MAX_TOKENS,
  entropy: WireReason.DRAFT_STOP_REASON_ENTROPY,
  top_probability: WireReason.DRAFT_STOP_REASON_TOP_PROBABILITY,
  end_of_text: WireReason.DRAFT_STOP_REASON_END_OF_TEXT,
  context: WireReason.DRAFT_STOP_REASON_CONTEXT,
  cancelled: WireReason.DRAFT_STOP_REASON_CANCELLED,
  survival: WireReason.DRAFT_STOP_REASON_SURVIVAL,
  token_probability: WireReason.DRAFT_STOP_REASON_TOKEN_PROBABILITY,
  no_match: WireReason.DRAFT_STOP_REASON_NO_MATCH,
};

const fromWireReason = new Map(
  Object.entries(toWireReason).map(([reason, value]) => [value, reason as WireStopReason] as const),
);

const toWireSource: Readonly<Record<DraftSource, wire.DraftSource>> = {
  neural: wire.DraftSource.DRAFT_SOURCE_NEURAL,
  ngram: wire.DraftSource.DRAFT_SOURCE_NGRAM,
};

const fromWireSource = new Map(
  Object.entries(toWireSource).map(([source, value]) => [value, source as DraftSource] as const),
);

export function encodeDraftReply(event: DraftEvent): wire.DraftResponse {
  switch (event.type) {
    case 'opened':
      return { message: { $case: 'opened', value: { cachedLength: event.cachedLength, queueMs: event.queueMs } } };
    case 'prefilled':
      return { message: { $case: 'prefilled', value: event.prefilled } };
    case 'proposed':
      return { message: { $case: 'proposed', value: { round: event.round, tokens: event.tokens.map(encodeToken) } } };
    case 'block_end':
      return { message: { $case: 'blockEnd', value: encodeEnd(event) } };
  }
}

/** Errors: bad_reply with the field's path. A wrong token is not thrown but is the event's `fault`. */
export function decodeDraftReply(reply: wire.DraftResponse, vocabulary: Vocabulary): DraftEvent {
  return decodeReply('the draft', () => decodeEvent(reply, vocabulary));
}

function decodeEvent({ message }: wire.DraftResponse, vocabulary: Vocabulary): DraftEvent {
  switch (message?.$case) {
    case 'opened':
      return { type: 'opened', ...decodeOpened(message.value) };
    case 'prefilled':
      return { type: 'prefilled', prefilled: decodePrefilled(message.value) };
    case 'proposed': {
      const { round, tokens } = message.value;
      return { type: 'proposed', round, ...decodeTokens(tokens, 'proposed.tokens', vocabulary) };
    }
    case 'blockEnd': {
      const { round, tokens } = message.value;
      const end = decodeEnd(message.value);
      return { type: 'block_end', round, ...decodeTokens(tokens, 'block_end.tokens', vocabulary), end };
    }
    case undefined:
      throw invalidArgument('message', 'is none that this client knows');
  }
}

function decodeTokens(
  messages: readonly wire.DraftedToken[],
  field: string,
  vocabulary: Vocabulary,
): Omit<DraftedTokens, 'round'> {
  listLength(messages.length, 0, limits.draftTokens, field);
  const tokens: DraftedToken[] = [];
  try {
    for (const [i, message] of messages.entries()) {
      tokens.push(decodeReply('the draft', () => decodeToken(message, `${field}[${i}]`, vocabulary)));
    }
  } catch (error) {
    return { tokens, fault: OutriderError.from(error) };
  }
  return { tokens };
}

function encodeToken(token: DraftedToken): wire.DraftedToken {
  return {
    tokenId: token.id,
    entropy: token.entropy,
    topProbability: token.topProbability,
    candidateIds: wireList(token.candidates.ids),
    candidateProbabilities: wireList(token.candidates.probabilities),
    source: toWireSource[token.source ?? 'neural'],
  };
}

function decodeToken(message: wire.DraftedToken, field: string, vocabulary: Vocabulary): DraftedToken {
  const candidates = decodeSparse(message, vocabulary, field);
  const id = message.tokenId;
  // Acceptance divides by the token's own draft probability: it has to be there and above 0.
  const at = candidates.ids.indexOf(id);
  if (at < 0 || candidates.probabilities[at] === 0) {
    throw invalidArgument(`${field}.token_id`, `token id ${id} has no probability among its candidates`);
  }
  return {
    id,
    entropy: notNegative(message.entropy, `${field}.entropy`),
    topProbability: inRange(message.topProbability, 0, 1, `${field}.top_probability`),
    source: decodeSource(message.source, `${field}.source`),
    candidates,
  };
}

function decodeSource(source: wire.DraftSource, field: string): DraftSource {
  if (source === wire.DraftSource.DRAFT_SOURCE_UNSPECIFIED) return 'neural';
  const known = fromWireSource.get(source);
  if (known === undefined) throw invalidArgument(field, `unknown value ${source}`);
  return known;
}

function encodeEnd({ round, tokens, end }: DraftedTokens & { readonly end: DraftBlockEnd }): wire.DraftBlockEnd {
  if (end.stopReason === 'off' || end.stopReason === 'draft_unavailable') {
    throw new RangeError(`a draft cannot end a block with reason ${end.stopReason}`);
  }
  return {
    round,
    reason: toWireReason[end.stopReason],
    stoppingEntropy: end.stoppingEntropy,
    kvLength: end.kvLength,
    computeMs: end.computeMs,
    tokens: tokens.map(encodeToken),
    passes: end.passes,
  };
}

function decodeEnd(message: wire.DraftBlockEnd): DraftBlockEnd {
  const stopReason = fromWireReason.get(message.reason);
  if (stopReason === undefined) throw invalidArgument('block_end.reason', `unknown value ${message.reason}`);
  return {
    stopReason,
    kvLength: message.kvLength,
    computeMs: notNegative(message.computeMs, 'block_end.compute_ms'),
    passes: message.passes,
    ...(message.stoppingEntropy !== undefined && {
      stoppingEntropy: notNegative(message.stoppingEntropy, 'block_end.stopping_entropy'),
    }),
  };
}
