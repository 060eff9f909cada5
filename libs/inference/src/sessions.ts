/** What an engine over a model keeps for a session. */
import type { DraftKind, SparseDistribution, TargetDistribution, TokenId } from '@outrider/speculation';
import type { CacheSlot, KvCache } from './kv-cache.js';
import type { Guide } from './guide.js';
import { type SuffixIndex, createSuffixIndex } from './ngram/suffix-index.js';
import { EngineError, type OpenRequest } from './port.js';
import type { SessionTable } from './session-table.js';

/** What the last scored block of a session must keep, in case a token is wanted from outside the candidates. */
export interface ScoredPosition {
  /** Place in the whole sequence of the token that this distribution is for. */
  readonly position: number;
  readonly sent: TargetDistribution;
  /** float32 [head rows], changed as the request asks */
  readonly logits: Float32Array;
  /** By which they are still to be divided. */
  readonly temperature: number;
  /** Of a head row, when asked for. */
  readonly logprobOf?: ((row: number) => number) | undefined;
  /** The truncated law, where top-k or top-p cut it. */
  readonly law?: SparseDistribution;
}

export interface EngineSession {
  readonly fence: bigint;
  readonly kind: DraftKind;
  /** What the model holds: nothing when it is not to draft. */
  readonly slot: CacheSlot;
  /**
   * Over the session's tokens, when n-grams are to draft. It is ahead of the model by the tokens that need no pass yet.
   */
  readonly index?: SuffixIndex | undefined;
  scored: readonly ScoredPosition[];
  seed: bigint;
  /** Set when the session's text is held to a constraint. */
  guide?: Guide | undefined;
}

/** Claims a slot, or takes over the session's own with what it holds. Errors: slots_exhausted, stale_fence. */
export function claimSession(
  sessions: SessionTable<EngineSession>,
  cache: KvCache,
  request: OpenRequest,
  guide: Guide | undefined,
): EngineSession {
  const { draftKind: kind = 'neural', fence } = request;
  return sessions.claim(request, (before) => {
    const slot = before?.slot ?? cache.open();
    const index = kind === 'neural' ? undefined : (before?.index ?? createSuffixIndex(slot.tokens));
    return { fence, kind, slot, index, scored: [], seed: 0n, guide };
  });
}

/** Of the tokens that a session is opened with, the first ones that it holds. */
export function heldOf(tokens: readonly TokenId[] | undefined, session: EngineSession): number {
  const held = heldLength(session);
  if (tokens === undefined) return held;
  const own = session.kind === 'ngram' && session.index !== undefined ? session.index.tokens : session.slot.tokens;
  let length = 0;
  while (length < held && length < tokens.length && own[length] === tokens[length]) length++;
  return length;
}

/** Tokens that need not be given again. */
export function heldLength({ index, kind, slot }: EngineSession): number {
  return kind === 'ngram' && index !== undefined ? index.tokens.length : slot.length;
}

export function refuseScoring({ kind }: EngineSession): void {
  if (kind === 'neural') return;
  throw new EngineError('invalid_argument', `a session of ${kind} drafts scores nothing`, 'session_id');
}
