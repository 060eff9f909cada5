/** The messages both replica services share: opening a session and filling its cache. */
import type { AcceptanceMode, DraftKind, Sampling, TokenId } from '@outrider/speculation';
import { decodeAcceptance, encodeAcceptance } from './acceptance.js';
import { inRange, listLength, notNegative, required, sessionId, wireList } from './checks.js';
import { decodeDraftKind, encodeDraftKind } from './draft-kind.js';
import { invalidArgument } from './error.js';
import { limits } from './limits.js';
import { fingerprint } from './model.js';
import { decodeSampling, encodeSampling } from './sampling.js';
import { type Vocabulary, checkTokenIds } from './vocabulary.js';
import type * as wire from './wire.js';

/** W3C trace context. Handed on untouched. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string;
}

export interface OpenSession {
  readonly sessionId: string;
  /** Fencing number of the caller's lease, an unsigned 64-bit integer. */
  readonly fence: bigint;
  readonly sampling: Sampling;
  readonly tokenizerFingerprint?: string;
  readonly trace?: TraceContext;
  /** So many of the session's first tokens are the prompt. */
  readonly promptTokens: number;
  readonly acceptance: AcceptanceMode;
  /** Log-probabilities are wanted, of each position's candidates and of so many most probable tokens. */
  readonly logprobs?: number | undefined;
  /** What to draft with; the service's own when absent. */
  readonly draftKind?: DraftKind | undefined;
  /** What is about to be prefilled; absent to have the caches of this session alone looked through. */
  readonly tokens?: readonly TokenId[];
}

export interface SessionOpened {
  /** First tokens of those it was opened with that are cached. */
  readonly cachedLength: number;
  /** How long it waited for a slot. */
  readonly queueMs: number;
}

export interface Prefill {
  readonly keepLength: number;
  readonly tokens: readonly TokenId[];
}

export interface Prefilled {
  readonly kvLength: number;
  readonly computeMs: number;
}

export function encodeOpen(open: OpenSession): wire.OpenSession {
  return {
    sessionId: open.sessionId,
    fence: open.fence,
    sampling: encodeSampling(open.sampling),
    tokenizerFingerprint: open.tokenizerFingerprint ?? '',
    traceContext: encodeTrace(open.trace),
    promptTokens: open.promptTokens,
    acceptance: encodeAcceptance(open.acceptance),
    logprobs: open.logprobs,
    draftKind: encodeDraftKind(open.draftKind),
    tokens: wireList(open.tokens ?? []),
  };
}

export function decodeOpen(message: wire.OpenSession, vocabulary: Vocabulary): OpenSession {
  const { logprobs } = message;
  const expected = message.tokenizerFingerprint;
  const draftKind = decodeDraftKind(message.draftKind, 'open.draft_kind');
  listLength(message.tokens.length, 0, limits.tokens, 'open.tokens');
  return {
    sessionId: sessionId(message.sessionId, limits.sessionIdCharacters, 'open.session_id'),
    fence: message.fence,
    sampling: decodeSampling(required(message.sampling, 'open.sampling'), 'open.sampling', vocabulary),
    promptTokens: message.promptTokens,
    acceptance: decodeAcceptance(message.acceptance, 'open.acceptance'),
    ...(logprobs !== undefined && { logprobs: inRange(logprobs, 0, limits.logprobs, 'open.logprobs') }),
    ...(draftKind && { draftKind }),
    ...(message.tokens.length > 0 && { tokens: checkTokenIds(message.tokens, vocabulary, 'open.tokens') }),
    ...(expected !== '' && { tokenizerFingerprint: fingerprint(expected, 'open.tokenizer_fingerprint') }),
    ...decodeTrace(message.traceContext, 'open.trace_context'),
  };
}

export function decodeOpened({ cachedLength, queueMs }: wire.SessionOpened): SessionOpened {
  return { cachedLength, queueMs: notNegative(queueMs, 'opened.queue_ms') };
}

export function encodePrefill(prefill: Prefill): wire.Prefill {
  return { keepLength: prefill.keepLength, tokens: wireList(prefill.tokens) };
}

export function decodePrefill(message: wire.Prefill, vocabulary: Vocabulary): Prefill {
  listLength(message.tokens.length, 0, limits.tokens, 'prefill.tokens');
  return { keepLength: message.keepLength, tokens: checkTokenIds(message.tokens, vocabulary, 'prefill.tokens') };
}

export function decodePrefilled(message: wire.Prefilled): Prefilled {
  return { kvLength: message.kvLength, computeMs: notNegative(message.computeMs, 'prefilled.compute_ms') };
}

export function encodeTrace(trace: TraceContext | undefined): wire.TraceContext | undefined {
  return trace && { traceparent: trace.traceparent, tracestate: trace.tracestate };
}

/** `{trace}` to spread into a record, or nothing when the message carries none. */
export function decodeTrace(message: wire.TraceContext | undefined, field: string): { readonly trace?: TraceContext } {
  if (message === undefined) return {};
  if (message.traceparent.length > limits.traceParentCharacters) {
    throw invalidArgument(`${field}.traceparent`, `has more than ${limits.traceParentCharacters} characters`);
  }
  if (message.tracestate.length > limits.traceStateCharacters) {
    throw invalidArgument(`${field}.tracestate`, `has more than ${limits.traceStateCharacters} characters`);
  }
  return { trace: { traceparent: message.traceparent, tracestate: message.tracestate } };
}
