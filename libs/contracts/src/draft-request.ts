import type { CachePosition, DraftLimits } from '@outrider/speculation';
import { inRange, listLength, notNegative, required, wireList } from './checks.js';
import { invalidArgument } from './error.js';
import { limits } from './limits.js';
import { decodeSurvival, encodeSurvival } from './survival.js';
import { type OpenSession, type Prefill, type TraceContext } from './session.js';
import { decodeOpen, decodePrefill, decodeTrace, encodeOpen, encodePrefill, encodeTrace } from './session.js';
import { type Vocabulary, checkTokenIds } from './vocabulary.js';
import type * as wire from './wire.js';

/** Draft these many tokens after that position. */
export interface DraftBlockCommand {
  readonly at: CachePosition;
  readonly limits: DraftLimits;
  readonly trace?: TraceContext;
}

/** What a client may say on a Draft stream. */
export type DraftCommand =
  | { readonly type: 'open'; readonly open: OpenSession }
  | { readonly type: 'prefill'; readonly prefill: Prefill }
  | { readonly type: 'block'; readonly block: DraftBlockCommand }
  | { readonly type: 'stop'; readonly round: number };

export function encodeDraftRequest(command: DraftCommand): wire.DraftRequest {
  switch (command.type) {
    case 'open':
      return { message: { $case: 'open', value: encodeOpen(command.open) } };
    case 'prefill':
      return { message: { $case: 'prefill', value: encodePrefill(command.prefill) } };
    case 'block':
      return { message: { $case: 'block', value: encodeBlock(command.block) } };
    case 'stop':
      return { message: { $case: 'stop', value: { round: command.round } } };
  }
}

/** Errors: invalid_argument with the field's path. */
export function decodeDraftRequest(request: wire.DraftRequest, vocabulary: Vocabulary): DraftCommand {
  const { message } = request;
  switch (message?.$case) {
    case 'open':
      return { type: 'open', open: decodeOpen(message.value, vocabulary) };
    case 'prefill':
      return { type: 'prefill', prefill: decodePrefill(message.value, vocabulary) };
    case 'block':
      return { type: 'block', block: decodeBlock(message.value, vocabulary) };
    case 'stop':
      return { type: 'stop', round: message.value.round };
    case undefined:
      throw invalidArgument('message', 'is none that this service knows');
  }
}

function encodeBlock({ at, limits, trace }: DraftBlockCommand): wire.DraftBlockRequest {
  return {
    round: at.round,
    keepLength: at.keepLength,
    tokens: wireList(at.tokens),
    limits: {
      maxTokens: limits.maxTokens,
      minTokens: limits.minTokens,
      maxEntropy: limits.maxEntropy === Infinity ? undefined : limits.maxEntropy,
      minTopProbability: limits.minTopProbability === 0 ? undefined : limits.minTopProbability,
      proposeStopped: limits.proposeStopped,
      minTokenProbability: limits.minTokenProbability,
      survival: limits.survival && encodeSurvival(limits.survival),
    },
    traceContext: encodeTrace(trace),
  };
}

function decodeBlock(message: wire.DraftBlockRequest, vocabulary: Vocabulary): DraftBlockCommand {
  listLength(message.tokens.length, 1, limits.tokens, 'block.tokens');
  const asked = required(message.limits, 'block.limits');
  return {
    at: {
      round: message.round,
      keepLength: message.keepLength,
      tokens: checkTokenIds(message.tokens, vocabulary, 'block.tokens'),
    },
    limits: {
      maxTokens: inRange(asked.maxTokens, 1, limits.draftTokens, 'block.limits.max_tokens'),
      minTokens: asked.minTokens,
      maxEntropy: asked.maxEntropy === undefined ? Infinity : notNegative(asked.maxEntropy, 'block.limits.max_entropy'),
      minTopProbability: inRange(asked.minTopProbability ?? 0, 0, 1, 'block.limits.min_top_probability'),
      proposeStopped: asked.proposeStopped,
      ...(asked.minTokenProbability !== undefined && {
        minTokenProbability: inRange(asked.minTokenProbability, 0, 1, 'block.limits.min_token_probability'),
      }),
      ...(asked.survival && { survival: decodeSurvival(asked.survival, 'block.limits.survival') }),
    },
    ...decodeTrace(message.traceContext, 'block.trace_context'),
  };
}
