/** What one forward pass does for one session, and what it says. */
import type { CacheSlot } from './kv-cache.js';

export interface Lane {
  readonly slot: CacheSlot;
  /** Tokens to append, at least one. */
  readonly tokens: readonly number[];
  /** How many of the last tokens are scored; 0 when only the cache is to grow. */
  readonly scored: number;
  /** Divides the logits; 1 leaves them. */
  readonly temperature: number;
  /** How many of the most probable head rows to return for each scored token; 0 for the best two alone. */
  readonly lawSize: number;
  /** For each scored token, head rows whose probability is wanted besides; only with lawSize > 0. */
  readonly candidates?: readonly (readonly number[])[];
  /** Also return all logits, divided by the temperature. */
  readonly wantsLogits?: boolean;
}

/** After one scored token. Rows are rows of the output head. */
export interface ScoredRow {
  readonly bestRows: readonly [number, number];
  readonly bestLogits: readonly [number, number];
  /** Descending; empty unless asked for. */
  readonly lawRows: readonly number[];
  readonly lawProbabilities: readonly number[];
  /** As many as were asked for. */
  readonly candidateProbabilities: readonly number[];
  /** Shannon entropy in nats of the whole distribution; NaN unless the law was asked for. */
  readonly entropy: number;
  /** float32 [head rows] */
  readonly logits?: Float32Array;
}
