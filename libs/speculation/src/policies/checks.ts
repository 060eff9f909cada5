import { SpeculationError } from '../error.js';
import { LARGEST_DRAFT_LENGTH } from '../policy.js';

/** Throws invalid_policy naming the option. */
export function checkDraftLength(field: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= LARGEST_DRAFT_LENGTH)) {
    const range = `must be a whole number from 1 to ${LARGEST_DRAFT_LENGTH}`;
    throw new SpeculationError('invalid_policy', field, `${range}, not ${value}`);
  }
}

/** Throws invalid_policy naming the first option outside [0, 1]. */
export function checkFractions(options: Readonly<Record<string, number>>): void {
  for (const [field, value] of Object.entries(options)) {
    if (!(value >= 0 && value <= 1)) {
      throw new SpeculationError('invalid_policy', field, `must be a number in [0, 1], not ${value}`);
    }
  }
}
