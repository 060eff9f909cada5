import type { OutriderError } from '@outrider/contracts';
import type { AdmittedPlace } from '@outrider/rpc';

/** A stream that serves a session or waits for a slot to do so. */
export interface ServedSession {
  readonly fence: bigint;
  /** Its slot, once it has one. Whoever takes the session over takes it away. */
  place: AdmittedPlace | undefined;
  /** Ends the stream. */
  stop(reason: OutriderError): void;
  /** Resolves when the stream has left the engine. */
  readonly over: Promise<void>;
}

/** The streams of a replica by session; of one session, the newest. */
export interface ServedSessions {
  find(sessionId: string): ServedSession | undefined;
  put(sessionId: string, session: ServedSession): void;
  /** Does nothing when the session was taken over meanwhile. */
  remove(sessionId: string, session: ServedSession): void;
  count(): number;
  /** Resolves when there is none. */
  whenNone(): Promise<void>;
}

export function createServedSessions(): ServedSessions {
  const sessions = new Map<string, ServedSession>();
  let waiting: (() => void)[] = [];
  return {
    find: (sessionId) => sessions.get(sessionId),
    put: (sessionId, session) => void sessions.set(sessionId, session),
    remove(sessionId, session) {
      if (sessions.get(sessionId) === session) sessions.delete(sessionId);
      if (sessions.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    count: () => sessions.size,
    whenNone: () => (sessions.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
