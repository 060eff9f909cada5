/** What an engine over a model keeps for a session. */
import type { DraftKind, SparseDistribution, TargetDistribution } from '@outrider/speculation';
import type { CacheSlot } from './kv-cache.js';
import type { Guide } from './guide.js';
import type { SuffixIndex } from './ngram/suffix-index.js';
import { EngineError } from './port.js';

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

/** Tokens that need not be given again. */
export function heldLength({ index, kind, slot }: EngineSession): number {
  return kind === 'ngram' && index !== undefined ? index.tokens.length : slot.length;
}

export function refuseScoring({ kind }: EngineSession): void {
  if (kind === 'neural') return;
  throw new EngineError('invalid_argument', `a session of ${kind} drafts scores nothing`, 'session_id');
}
