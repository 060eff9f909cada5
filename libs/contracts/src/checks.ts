/** Checks of single wire values. Each returns the value or throws `invalid_argument` with the field's path. */
import { OutriderError, invalidArgument } from './error.js';

/** A message field that must be set. */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw invalidArgument(field, 'is required');
  return value;
}

/** A number within [min, max]; NaN is outside. */
export function inRange(value: number, min: number, max: number, field: string): number {
  if (value >= min && value <= max) return value;
  throw invalidArgument(field, `must be between ${min} and ${max}, got ${value}`);
}

/** A number within (above, max]; NaN is outside. */
export function inRangeAbove(value: number, above: number, max: number, field: string): number {
  if (value > above && value <= max) return value;
  throw invalidArgument(field, `must be greater than ${above} and at most ${max}, got ${value}`);
}

/** A number that is neither NaN nor infinite. */
export function finite(value: number, field: string): number {
  if (Number.isFinite(value)) return value;
  throw invalidArgument(field, `must be a finite number, got ${value}`);
}

/** A duration or other quantity that is finite and not negative. */
export function notNegative(value: number, field: string): number {
  if (value >= 0 && value !== Infinity) return value;
  throw invalidArgument(field, `must be a finite number, 0 or more, got ${value}`);
}

/** A list with between min and max entries. */
export function listLength(length: number, min: number, max: number, field: string): void {
  if (length >= min && length <= max) return;
  throw invalidArgument(
    field,
    length < min
      ? min === 1
        ? 'must not be empty'
        : `has ${length} entries, not ${min}`
      : `has ${length} entries, at most ${max}`,
  );
}

const sessionIdPattern = /^[A-Za-z0-9._:-]+$/;

/** A session id: 1 to `max` of letters, digits, dot, underscore, colon, hyphen (safe in keys and logs). */
export function sessionId(value: string, max: number, field: string): string {
  if (value.length === 0) throw invalidArgument(field, 'is required');
  if (value.length > max) throw invalidArgument(field, `has ${value.length} characters, at most ${max}`);
  if (!sessionIdPattern.test(value)) throw invalidArgument(field, 'may hold letters, digits and . _ : - only');
  return value;
}

/** Runs a decoder of a peer's answer: what would be bad input in a request is a broken contract in a reply. */
export function decodeReply<T>(peer: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof OutriderError) || error.code !== 'invalid_argument') throw error;
    throw new OutriderError('bad_reply', `${peer} sent ${error.message}`, { field: error.field });
  }
}

/** The generated encoders only read; their message types are mutable all the same. */
export function wireList<T>(values: readonly T[]): T[] {
  return values as T[];
}
