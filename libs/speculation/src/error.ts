export type SpeculationErrorCode =
  /** A policy's name or option is not one of the known ones or out of its range. */
  | 'invalid_policy'
  /** An argument of decode or of a sampling function is out of its range. */
  | 'invalid_argument'
  /** The request's own bans and constraint leave no token where the text has got to; `field` is the request's. */
  | 'impasse'
  /** A draft's answer does not fit what it was asked for. */
  | 'invalid_draft'
  /** A target's answer does not fit what it was asked for. */
  | 'invalid_scores';

/** The one error this package throws. `field` names the option, argument or part of an answer at fault. */
export class SpeculationError extends Error {
  constructor(
    readonly code: SpeculationErrorCode,
    readonly field: string,
    message: string,
  ) {
    super(`${field}: ${message}`);
    this.name = 'SpeculationError';
  }
}
