import type { BlockScores, TargetDistribution, TokenId } from '@outrider/speculation';
import { decodeReply, listLength, notNegative, wireList } from './checks.js';
import { checkLogprob, decodeTarget } from './distribution.js';
import { invalidArgument } from './error.js';
import { limits } from './limits.js';
import { type Prefilled, type SessionOpened, decodeOpened, decodePrefilled } from './session.js';
import { type Vocabulary, checkTokenId } from './vocabulary.js';
import type * as wire from './wire.js';

/** What a target may say on a Verify stream. */
export type VerifyEvent =
  | ({ readonly type: 'opened' } & SessionOpened)
  | { readonly type: 'prefilled'; readonly prefilled: Prefilled }
  | { readonly type: 'scored'; readonly round: number; readonly scores: BlockScores }
  | ({ readonly type: 'tail_drawn'; readonly round: number; readonly index: number } & TailDrawn);

export interface TailDrawn {
  readonly token: TokenId;
  /** When asked for. */
  readonly logprob?: number | undefined;
}

export function encodeVerifyReply(event: VerifyEvent): wire.VerifyResponse {
  switch (event.type) {
    case 'opened':
      return { message: { $case: 'opened', value: { cachedLength: event.cachedLength, queueMs: event.queueMs } } };
    case 'prefilled':
      return { message: { $case: 'prefilled', value: event.prefilled } };
    case 'scored':
      return { message: { $case: 'scored', value: encodeScored(event.round, event.scores) } };
    case 'tail_drawn': {
      const value = { round: event.round, index: event.index, tokenId: event.token, logprob: event.logprob };
      return { message: { $case: 'tailDrawn', value } };
    }
  }
}

/** Errors: bad_reply with the field's path. */
export function decodeVerifyReply(reply: wire.VerifyResponse, vocabulary: Vocabulary): VerifyEvent {
  return decodeReply('the target', () => decodeEvent(reply, vocabulary));
}

function decodeEvent({ message }: wire.VerifyResponse, vocabulary: Vocabulary): VerifyEvent {
  switch (message?.$case) {
    case 'opened':
      return { type: 'opened', ...decodeOpened(message.value) };
    case 'prefilled':
      return { type: 'prefilled', prefilled: decodePrefilled(message.value) };
    case 'scored':
      return { type: 'scored', round: message.value.round, scores: decodeScored(message.value, vocabulary) };
    case 'tailDrawn': {
      const { round, index, tokenId, logprob } = message.value;
      const token = checkTokenId(tokenId, vocabulary, 'tail_drawn.token_id');
      const known = logprob !== undefined && { logprob: checkLogprob(logprob, 'tail_drawn.logprob') };
      return { type: 'tail_drawn', round, index, token, ...known };
    }
    case undefined:
      throw invalidArgument('message', 'is none that this client knows');
  }
}

function encodeScored(round: number, scores: BlockScores): wire.Scored {
  return {
    round,
    positions: scores.positions.map(encodePosition),
    kvLength: scores.kvLength,
    queueMs: scores.queueMs,
    computeMs: scores.computeMs,
    batchSize: scores.batchSize,
  };
}

function encodePosition(position: TargetDistribution): wire.TargetDistribution {
  return {
    candidateIds: wireList(position.ids),
    candidateProbabilities: wireList(position.probabilities),
    tailProbability: position.tailProbability,
    candidateLogprobs: wireList(position.logprobs ?? []),
    impasse: position.impasse,
    topLogprobs: (position.topLogprobs ?? []).map(({ id, logprob }) => ({ tokenId: id, logprob })),
  };
}

function decodeScored(message: wire.Scored, vocabulary: Vocabulary): BlockScores {
  listLength(message.positions.length, 1, limits.draftTokens + 1, 'scored.positions');
  const positions = message.positions.map((position, i) =>
    decodeTarget(position, vocabulary, `scored.positions[${i}]`),
  );
  return {
    positions,
    kvLength: message.kvLength,
    queueMs: notNegative(message.queueMs, 'scored.queue_ms'),
    computeMs: notNegative(message.computeMs, 'scored.compute_ms'),
    batchSize: message.batchSize,
  };
}
