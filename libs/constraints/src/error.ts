import type { ConstraintSpec } from './types.js';

/**
 * `invalid`: the constraint breaks its own syntax. `unsupported`: it is well formed, and uses something that cannot be
 * enforced. `unsatisfiable`: no output fulfils it. `too_complex`: it needs more states than a request may take.
 */
export type ConstraintErrorCode = 'invalid' | 'unsupported' | 'unsatisfiable' | 'too_complex';

/** The one error of this package. `field` names the request's field at fault. */
export class ConstraintError extends Error {
  readonly field: `constraint.${ConstraintSpec['kind']}`;

  constructor(
    readonly code: ConstraintErrorCode,
    kind: ConstraintSpec['kind'],
    message: string,
  ) {
    super(message);
    this.name = 'ConstraintError';
    this.field = `constraint.${kind}`;
  }
}

/** What is wrong, before it is known which field it came from; `inField` turns it into a ConstraintError. */
export class Refusal extends Error {
  constructor(
    readonly code: ConstraintErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

/** Runs something that may refuse, for a constraint of one kind. */
export function inField<T>(kind: ConstraintSpec['kind'], run: () => T): T {
  try {
    return run();
  } catch (reason) {
    if (reason instanceof Refusal) throw new ConstraintError(reason.code, kind, reason.message);
    throw reason;
  }
}
