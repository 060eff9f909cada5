/**
 * The one error that crosses a service boundary. Expected failures carry a code and, for bad input, the path of
 * the field at fault; anything else is a bug and becomes `internal`.
 */

/** What went wrong, in the vocabulary of the services. @outrider/rpc maps each to one gRPC status. */
export type ErrorCode =
  /** The request is wrong whatever the state of the system; `field` names the part at fault. */
  | 'invalid_argument'
  /** The caller's tokenizer or model is not the replica's. */
  | 'fingerprint_mismatch'
  /** The draft service cannot draft with what was asked for. */
  | 'draft_kind_unavailable'
  /** A newer lease of the session exists. */
  | 'stale_fence'
  /** Another generation holds the session. */
  | 'session_busy'
  /** Nothing was heard of the session's holder for too long: its slot was given to others. */
  | 'session_expired'
  /** The replica does not hold the session. */
  | 'unknown_session'
  /** Every slot is taken, or a message is too large; `retryAfterMs`, when set, says when to try again. */
  | 'resource_exhausted'
  /** The session holds as many tokens as the context does. */
  | 'context_full'
  /** The peer cannot be reached, or is stopping. */
  | 'unavailable'
  /** The peer's answer breaks the contract; `field` names the part at fault. */
  | 'bad_reply'
  | 'cancelled'
  | 'deadline_exceeded'
  | 'unimplemented'
  | 'internal';

export interface ErrorOptions {
  /** Path in the request or reply message, such as `sampling.temperature` or `block.tokens[3]`. */
  readonly field?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

export class OutriderError extends Error {
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'OutriderError';
    this.field = options.field;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Any thrown value as an OutriderError; what is not one already is a bug, hence `internal`. */
  static from(value: unknown): OutriderError {
    if (value instanceof OutriderError) return value;
    const message = value instanceof Error ? value.message : String(value);
    return new OutriderError('internal', message, { cause: value });
  }
}

/** An `invalid_argument` whose message starts with the field's path. */
export function invalidArgument(field: string, problem: string): OutriderError {
  return new OutriderError('invalid_argument', `${field}: ${problem}`, { field });
}
