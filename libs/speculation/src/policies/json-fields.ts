/** Reading what a file or another process wrote. Each throws invalid_policy naming the field. */
import { SpeculationError } from '../error.js';

export function record(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SpeculationError('invalid_policy', field, `must be an object, not ${String(value)}`);
}

/** Of just so many entries, when a length is given. */
export function list(value: unknown, field: string, length?: number): readonly unknown[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  throw new SpeculationError('invalid_policy', field, `must be a list${length === undefined ? '' : ` of ${length}`}`);
}

export function numbers(value: unknown, field: string, length: number, least?: number, most?: number): number[] {
  return list(value, field, length).map((entry, i) => number(entry, `${field}[${i}]`, least, most));
}

/** A finite number in [least, most]. */
export function number(value: unknown, field: string, least = -Infinity, most = Infinity): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most) return value;
  const range = least === -Infinity ? 'a finite number' : `a finite number in [${least}, ${most}]`;
  throw new SpeculationError('invalid_policy', field, `must be ${range}, not ${String(value)}`);
}

export function fraction(value: unknown, field: string): number {
  return number(value, field, 0, 1);
}
