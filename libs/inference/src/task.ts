/** What runs in an engine, in steps between passes of the model. */
import type { Lane, ScoredRow } from './lanes.js';
import type { EngineError } from './port.js';

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

/** What a call is for: the next tokens of a text, reading one, or drawing from what was scored before. */
export type Purpose = 'block' | 'text' | 'draw';

/** A call that may want passes. */
export interface Job {
  /** The sessions it is for: it waits until they have no other task. */
  readonly sessionIds: readonly string[];
  readonly purpose: Purpose;
  /** When the call was made, by performance.now(), if that is known from elsewhere. */
  readonly askedAt?: number | undefined;
  begin(): Task<unknown>;
  /** Asked before each pass: the session may be another's by then. */
  refusal(): EngineError | undefined;
  isAborted(): boolean;
  resolve(result: unknown): void;
  reject(reason: unknown): void;
}
