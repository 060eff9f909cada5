/** What every request that appends tokens has in common: checks, and bringing the cache to where it continues. */
import type { ConstraintCompiler } from '@outrider/constraints';
import type { TokenId } from '@outrider/speculation';
import { type Appending, checkFit } from './appending.js';
import type { KvCache } from './kv-cache.js';
import type { LoadedModel } from './model.js';
import type { PrefixCache } from './prefix-cache/prefix-cache.js';
import type { SessionTable } from './session-table.js';
import { type EngineSession, heldLength } from './sessions.js';

/** Everything a task works with. `contextLength` is the longest session in tokens. */
export interface Workshop {
  readonly model: LoadedModel;
  readonly cache: KvCache;
  /** Absent when sessions leave nothing behind. */
  readonly prefixes?: PrefixCache | undefined;
  readonly sessions: SessionTable<EngineSession>;
  readonly contextLength: number;
  readonly maxCandidates: number;
  readonly constraints: () => Promise<ConstraintCompiler>;
}

/** {@link checkAppending}, then brings the cache to where the tokens continue. */
export function beginAppending(workshop: Workshop, request: Appending): EngineSession {
  const session = checkAppending(workshop, request);
  rollBack(workshop, session, request.keepLength);
  session.index?.follow(request.keepLength, request.tokens);
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
  const session = workshop.sessions.find(request);
  const { contextLength, model } = workshop;
  const { vocabularySize } = model.architecture;
  checkFit({ held: heldLength(session), vocabularySize, contextLength }, request, drafted);
  return session;
}

/** The tokens that are not kept are gone for the model; an index may go over to others from there. */
export function rollBack({ cache }: Workshop, session: EngineSession, keepLength: number): void {
  cache.truncate(session.slot, Math.min(keepLength, session.slot.length));
  session.scored = [];
}
