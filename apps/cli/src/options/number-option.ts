import { InvalidArgumentError } from 'commander';

export interface NumberBounds {
  readonly min?: number;
  /** The minimum itself is not allowed. */
  readonly exclusiveMin?: boolean;
  readonly max?: number;
  readonly integer?: boolean;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A commander parser for a number within bounds; commander puts the option's name before the message. */
export function numberOption(bounds: NumberBounds): (text: string) => number {
  return (text) => {
    const value = DECIMAL.test(text.trim()) ? Number(text) : Number.NaN;
    const inside =
      Number.isFinite(value) &&
      (bounds.integer !== true || Number.isSafeInteger(value)) &&
      (bounds.min === undefined || (bounds.exclusiveMin === true ? value > bounds.min : value >= bounds.min)) &&
      (bounds.max === undefined || value <= bounds.max);
    if (!inside) throw new InvalidArgumentError(`It must be ${describe(bounds)}.`);
    return value;
  };
}

function describe({ min, exclusiveMin, max, integer }: NumberBounds): string {
  const kind = integer === true ? 'a whole number' : 'a number';
  const parts: string[] = [];
  if (min !== undefined) parts.push(exclusiveMin === true ? `above ${min}` : `at least ${min}`);
  if (max !== undefined) parts.push(`at most ${max}`);
  return parts.length === 0 ? kind : `${kind}, ${parts.join(' and ')}`;
}
