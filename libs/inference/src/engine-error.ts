import { ConstraintError } from '@outrider/constraints';
import { SpeculationError } from '@outrider/speculation';
import { EngineError } from './port.js';

/** What an engine call rejects with, for whatever went wrong in it. */
export function asEngineError(reason: unknown): EngineError {
  if (reason instanceof EngineError) return reason;
  if (reason instanceof ConstraintError) {
    return new EngineError('invalid_argument', reason.message, `sampling.${reason.field}`);
  }
  if (reason instanceof SpeculationError && reason.code === 'invalid_argument') {
    return new EngineError('invalid_argument', reason.message, reason.field);
  }
  return new EngineError('internal', reason instanceof Error ? reason.message : String(reason));
}
