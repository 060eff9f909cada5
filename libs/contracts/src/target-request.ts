import type { CachePosition, TokenId } from '@outrider/speculation';
import { listLength, wireList } from './checks.js';
import { invalidArgument } from './error.js';
import { limits } from './limits.js';
import { type OpenSession, type Prefill, type TraceContext } from './session.js';
import { decodeOpen, decodePrefill, decodeTrace, encodeOpen, encodePrefill, encodeTrace } from './session.js';
import { type Vocabulary, checkTokenId, checkTokenIds, firstUnusable, unusable } from './vocabulary.js';
import type * as wire from './wire.js';

/** A drafted token, with the tokens whose target probability the caller needs. */
export interface DraftToVerify {
  readonly id: TokenId;
  readonly candidateIds: readonly TokenId[];
}

/** Score these drafted tokens after that position. */
export interface VerifyBlockCommand {
  readonly at: CachePosition;
  readonly draft: readonly DraftToVerify[];
  readonly trace?: TraceContext;
}

/** What a client may say on a Verify stream. */
export type VerifyCommand =
  | { readonly type: 'open'; readonly open: OpenSession }
  | { readonly type: 'prefill'; readonly prefill: Prefill }
  | { readonly type: 'block'; readonly block: VerifyBlockCommand }
  | { readonly type: 'tail'; readonly round: number; readonly index: number };

export function encodeVerifyRequest(command: VerifyCommand): wire.VerifyRequest {
  switch (command.type) {
    case 'open':
      return { message: { $case: 'open', value: encodeOpen(command.open) } };
    case 'prefill':
      return { message: { $case: 'prefill', value: encodePrefill(command.prefill) } };
    case 'block':
      return { message: { $case: 'block', value: encodeBlock(command.block) } };
    case 'tail':
      return { message: { $case: 'tail', value: { round: command.round, index: command.index } } };
  }
}

/** Errors: invalid_argument with the field's path. */
export function decodeVerifyRequest(request: wire.VerifyRequest, vocabulary: Vocabulary): VerifyCommand {
  const { message } = request;
  switch (message?.$case) {
    case 'open':
      return { type: 'open', open: decodeOpen(message.value, vocabulary) };
    case 'prefill':
      return { type: 'prefill', prefill: decodePrefill(message.value, vocabulary) };
    case 'block':
      return { type: 'block', block: decodeBlock(message.value, vocabulary) };
    case 'tail':
      return { type: 'tail', round: message.value.round, index: message.value.index };
    case undefined:
      throw invalidArgument('message', 'is none that this service knows');
  }
}

function encodeBlock({ at, draft, trace }: VerifyBlockCommand): wire.VerifyBlockRequest {
  return {
    round: at.round,
    keepLength: at.keepLength,
    tokens: wireList(at.tokens),
    draft: draft.map((token) => ({ tokenId: token.id, candidateIds: wireList(token.candidateIds) })),
    traceContext: encodeTrace(trace),
  };
}

function decodeBlock(message: wire.VerifyBlockRequest, vocabulary: Vocabulary): VerifyBlockCommand {
  listLength(message.tokens.length, 1, limits.tokens, 'block.tokens');
  listLength(message.draft.length, 0, limits.draftTokens, 'block.draft');
  return {
    at: {
      round: message.round,
      keepLength: message.keepLength,
      tokens: checkTokenIds(message.tokens, vocabulary, 'block.tokens'),
    },
    draft: message.draft.map((token, i) => decodeDrafted(token, i, vocabulary)),
    ...decodeTrace(message.traceContext, 'block.trace_context'),
  };
}

function decodeDrafted(message: wire.DraftToVerify, index: number, vocabulary: Vocabulary): DraftToVerify {
  const { tokenId, candidateIds } = message;
  if (candidateIds.length > limits.candidates) {
    throw invalidArgument(`block.draft[${index}].candidate_ids`, `has more than ${limits.candidates} entries`);
  }
  const bad = firstUnusable(candidateIds, vocabulary);
  if (bad >= 0) throw unusable(candidateIds, bad, vocabulary, `block.draft[${index}].candidate_ids`);
  if (!(tokenId < vocabulary.size)) checkTokenId(tokenId, vocabulary, `block.draft[${index}].token_id`);
  return { id: tokenId, candidateIds };
}
