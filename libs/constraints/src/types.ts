/** What a client may hold its output to, and the port through which a sampler keeps to it. */

/** The whole output, from its first to its last byte, is what this describes. */
export type ConstraintSpec =
  /** A JSON text that is valid against the schema, itself given as a JSON text. */
  | { readonly kind: 'json_schema'; readonly schema: string }
  /** A text that the pattern matches as a whole; syntax of JavaScript with the `u` flag. */
  | { readonly kind: 'regex'; readonly pattern: string }
  /** One of these texts. */
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

export interface ConstraintCompiler {
  /**
   * Answers from a cache when the same constraint was compiled not long ago.
   * Rejects with a ConstraintError that names the field and, in words, what is wrong or not supported.
   */
  compile(spec: ConstraintSpec): Promise<CompiledConstraint>;
}

/** Shared by every generation under the same constraint. */
export interface CompiledConstraint {
  start(): ConstraintState;
}

/**
 * Where one output stands within its constraint.
 *
 * Invariant: at least one token is allowed in every state, and from every state the output can be completed.
 */
export interface ConstraintState {
  /**
   * Bit `i & 31` of word `i >>> 5` is set when token i may come next. End tokens are allowed exactly when the output
   * may end here. The array is shared: read it, never write it, and do not keep it.
   * Errors: `too_complex`.
   */
  mask(): Int32Array;
  /** Appends a token; false, and nothing changes, when the mask forbids it. Errors: `too_complex`. */
  accept(id: number): boolean;
  /** Takes back the last `count` accepted tokens, at no cost. Errors: RangeError when there are fewer. */
  rollback(count: number): void;
  /** Tokens accepted and not taken back. */
  readonly length: number;
  /** Nothing but an end token may follow. */
  readonly isComplete: boolean;
  /** A state of its own at the same place. */
  fork(): ConstraintState;
  /** Forgets what was accepted. The state must not be used afterwards. */
  dispose(): void;
}
