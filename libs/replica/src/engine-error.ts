import { OutriderError, invalidArgument } from '@outrider/contracts';
import { EngineError } from '@outrider/inference';

/** When to ask again for a slot: generations take seconds. */
const slotRetryMs = 1000;

/** Awaits an engine call made for a message; `message` is the message's name, the start of a field's path. */
export async function fromEngine<T>(message: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof EngineError ? toOutriderError(error, message) : error;
  }
}

function toOutriderError(error: EngineError, message: string): OutriderError {
  const cause = { cause: error };
  switch (error.code) {
    case 'slots_exhausted':
      return new OutriderError('resource_exhausted', error.message, { ...cause, retryAfterMs: slotRetryMs });
    case 'invalid_argument':
      return error.field === undefined
        ? new OutriderError('invalid_argument', `${message}: ${error.message}`, { ...cause, field: message })
        : invalidArgument(`${message}.${snakeCase(error.field)}`, error.message);
    case 'aborted':
      return new OutriderError('cancelled', error.message, cause);
    case 'disposed':
      return new OutriderError('unavailable', 'the engine is stopping', cause);
    case 'stale_fence':
    case 'unknown_session':
    case 'context_full':
    case 'internal':
      return new OutriderError(error.code, error.message, cause);
  }
}

/** The engine names its arguments, a client knows the fields of the message. */
function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
