import type { TokenBias, TokenId } from '@outrider/speculation';
import { InvalidArgumentError } from 'commander';
import { numberOption } from './number-option.js';
import { UINT32_MAX, WIRE_LIMITS } from './wire-limits.js';

const LARGEST = WIRE_LIMITS.adjustment;
const bias = numberOption({ min: -LARGEST, max: LARGEST });

/** Whether the model has such a token, only the server knows. */
export function tokenOption(text: string): TokenId {
  const id = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (!(id <= UINT32_MAX)) throw new InvalidArgumentError('It must be a token id, a whole number such as 28.');
  return id;
}

/** `id:bias`. */
export function tokenBiasOption(text: string): TokenBias {
  const [id = '', value = '', ...rest] = text.split(':');
  try {
    if (rest.length > 0) throw new InvalidArgumentError('too many parts');
    return { id: tokenOption(id), bias: bias(value) };
  } catch {
    throw new InvalidArgumentError(
      `It must be id:bias, such as 28:-2.5: a token id, and a number from -${LARGEST} to ${LARGEST}.`,
    );
  }
}
