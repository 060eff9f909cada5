import { OutriderError } from '@outrider/contracts';
import type { CallLimits } from '@outrider/rpc';
import type { Choice } from './choice.js';
import type { ConnectedReplica } from './replica-link.js';

/** A session that was opened on a replica. */
export interface OpenedOn<Session> {
  readonly session: Session;
  readonly replica: ConnectedReplica;
  /** The session is over: it no longer counts as load. */
  leave(): void;
}

/** How many replicas are asked at most, for what reason. */
export interface Persistence {
  /** That are full. */
  readonly full: number;
  /** That are gone. */
  readonly gone: number;
  /** That fail in any other way. */
  readonly other: number;
}

/**
 * Opens a session on the best replica; on the next best one where that is full, gone or, as far as `persistence` says,
 * fails. What is gone is told to the pool. Rejects with what the last one failed with, but with what a full one said
 * when there was any: it knows when to come again. undefined when there is no replica to ask.
 */
export async function openOnBest<Session>(
  choice: Choice,
  limits: CallLimits,
  persistence: Persistence,
  open: (replica: ConnectedReplica, limits: CallLimits) => Promise<Session>,
): Promise<OpenedOn<Session> | undefined> {
  const asked = { full: 0, gone: 0, other: 0 };
  let failure: OutriderError | undefined;
  for (let replica = choice.next(); replica; replica = choice.next()) {
    const leave = replica.load.enter();
    try {
      return { session: await whileThere(replica, limits, open), replica, leave };
    } catch (reason) {
      leave();
      limits.signal?.throwIfAborted();
      const error = OutriderError.from(reason);
      const kind = error.code === 'resource_exhausted' ? 'full' : error.code === 'unavailable' ? 'gone' : 'other';
      if (kind === 'gone') choice.pool.lost(replica);
      if (failure?.code !== 'resource_exhausted') failure = error;
      if (++asked[kind] >= persistence[kind]) break;
    }
  }
  if (failure) throw failure;
  return undefined;
}

/** Ends the opening, and not what follows it, when the replica is given up. */
async function whileThere<Session>(
  replica: ConnectedReplica,
  { deadline, signal }: CallLimits,
  open: (replica: ConnectedReplica, limits: CallLimits) => Promise<Session>,
): Promise<Session> {
  const { gone } = replica;
  const ending = new AbortController();
  const end = (): void => ending.abort(gone.reason);
  gone.addEventListener('abort', end, { once: true });
  try {
    const both = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
    return await open(replica, { deadline, signal: both });
  } catch (error) {
    throw gone.aborted ? gone.reason : error;
  } finally {
    gone.removeEventListener('abort', end);
  }
}
