/** Whether tokens fit behind what a session holds. */
import type { TokenId } from '@outrider/speculation';
import { EngineError, type SessionKey } from './port.js';

/** A request that appends tokens. */
export interface Appending extends SessionKey {
  readonly keepLength: number;
  readonly tokens: readonly TokenId[];
}

interface Room {
  /** Tokens the session holds. */
  readonly held: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
}

/** Errors: invalid_argument, context_full. */
export function checkFit(
  { held, vocabularySize, contextLength }: Room,
  { keepLength, tokens }: Appending,
  drafted: readonly TokenId[] = [],
): void {
  if (!Number.isInteger(keepLength) || keepLength < 0 || keepLength > held) {
    throw new EngineError('invalid_argument', `${keepLength} is not within the ${held} tokens held`, 'keep_length');
  }
  if (tokens.length === 0) throw new EngineError('invalid_argument', 'at least one token is needed', 'tokens');
  checkTokens(vocabularySize, tokens, 'tokens');
  checkTokens(vocabularySize, drafted, 'draft');
  const total = keepLength + tokens.length + drafted.length;
  if (total > contextLength) {
    throw new EngineError('context_full', `${total} tokens exceed the context of ${contextLength}`, 'tokens');
  }
}

function checkTokens(vocabularySize: number, tokens: readonly TokenId[], field: string): void {
  tokens.forEach((id, i) => {
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize) return;
    throw new EngineError('invalid_argument', `${id} is not a token of the ${vocabularySize}`, `${field}[${i}]`);
  });
}
