import type { AcceptanceMode } from '@outrider/speculation';
import { invalidArgument } from './error.js';
import * as wire from './wire.js';

const { Acceptance } = wire;

export function encodeAcceptance(mode: AcceptanceMode): wire.Acceptance {
  return mode === 'coupled' ? Acceptance.ACCEPTANCE_COUPLED : Acceptance.ACCEPTANCE_REJECTION;
}

/** Unset is rejection. Errors: invalid_argument. */
export function decodeAcceptance(value: wire.Acceptance, field: string): AcceptanceMode {
  switch (value) {
    case Acceptance.ACCEPTANCE_UNSPECIFIED:
    case Acceptance.ACCEPTANCE_REJECTION:
      return 'rejection';
    case Acceptance.ACCEPTANCE_COUPLED:
      return 'coupled';
    default:
      throw invalidArgument(field, `unknown value ${value}`);
  }
}
