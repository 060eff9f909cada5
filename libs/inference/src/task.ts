/** What runs in an engine, in steps between passes of the model. */
import type { Lane, ScoredRow } from './lanes.js';

/**
 * What a task wants of the next pass. A `block` are a few tokens that somebody waits for: blocks of several tasks share
 * a pass. A `chunk` is a part of a long text that nothing is to be scored of, in one lane: its first tokens may be all
 * that is taken.
 */
export interface Wanted {
  readonly kind: 'block' | 'chunk';
  readonly lanes: readonly Lane[];
}

/** A pass that was made. */
export interface Ran {
  /** Of the task's own lanes, in their order. */
  readonly rows: readonly (readonly ScoredRow[])[];
  /** Lanes of all tasks. */
  readonly batchSize: number;
  /** By performance.now(). */
  readonly startedAt: number;
  readonly ms: number;
}

/**
 * Runs at once until it wants a pass; goes on with what the pass gave, or with undefined when the caller has given up
 * and none was made.
 */
export type Task<Result> = Generator<Wanted, Result, Ran | undefined>;
