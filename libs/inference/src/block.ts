/** What every request that appends tokens has in common: checks, and bringing the cache to where it continues. */
import type { ConstraintCompiler } from '@outrider/constraints';
import type { TokenId } from '@outrider/speculation';
import type { KvCache } from './kv-cache.js';
import type { LoadedModel } from './model.js';
import { EngineError, type SessionKey } from './port.js';
import type { EngineSession, SessionTable } from './sessions.js';

/** Everything a task works with. `contextLength` is the longest session in tokens. */
export interface Workshop {
  readonly model: LoadedModel;
  readonly cache: KvCache;
  readonly sessions: SessionTable;
  readonly contextLength: number;
  readonly maxCandidates: number;
  readonly constraints: () => Promise<ConstraintCompiler>;
}

interface Appending extends SessionKey {
  readonly keepLength: number;
  readonly tokens: readonly TokenId[];
}

/** {@link checkAppending}, then brings the cache to where the tokens continue. */
export function beginAppending(workshop: Workshop, request: Appending): EngineSession {
  const session = checkAppending(workshop, request);
  rollBack(workshop, session, request.keepLength);
  return session;
}

/**
 * Finds the session and refuses what does not fit, without changing anything.
 * Errors: unknown_session, stale_fence, invalid_argument, context_full.
 */
export function checkAppending(
  workshop: Workshop,
  request: Appending,
  drafted: readonly TokenId[] = [],
): EngineSession {
  const { keepLength, tokens } = request;
  const session = workshop.sessions.find(request);
  const { length } = session.slot;
  if (!Number.isInteger(keepLength) || keepLength < 0 || keepLength > length) {
    throw new EngineError('invalid_argument', `${keepLength} is not within the ${length} tokens held`, 'keep_length');
  }
  if (tokens.length === 0) throw new EngineError('invalid_argument', 'at least one token is needed', 'tokens');
  checkTokens(workshop.model, tokens, 'tokens');
  checkTokens(workshop.model, drafted, 'draft');
  const total = keepLength + tokens.length + drafted.length;
  if (total > workshop.contextLength) {
    throw new EngineError('context_full', `${total} tokens exceed the context of ${workshop.contextLength}`, 'tokens');
  }
  return session;
}

export function rollBack(workshop: Workshop, session: EngineSession, keepLength: number): void {
  workshop.cache.truncate(session.slot, keepLength);
  session.scored = [];
}

function checkTokens(model: LoadedModel, tokens: readonly TokenId[], field: string): void {
  const { vocabularySize } = model.architecture;
  tokens.forEach((id, i) => {
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize) return;
    throw new EngineError('invalid_argument', `${id} is not a token of the ${vocabularySize}`, `${field}[${i}]`);
  });
}
