import type { Journal, JournalEntry, JournalStart } from '../journal.js';
import type { CacheReferences, Lease, SessionStore } from '../store.js';
import type { TokenId } from '@outrider/speculation';

export interface MemoryStoreOptions {
  /** Clock in milliseconds since 1970. */
  readonly now: () => number;
  /** How long a session is remembered after its last change. */
  readonly idleMs: number;
  /** Sessions remembered at most; the one left first is forgotten first. Those under a lease are not counted. */
  readonly maxIdle: number;
}

interface Session {
  readonly fence: bigint;
  readonly caches: CacheReferences;
  /** End of the lease; 0 once it is released. */
  readonly leasedUntil: number;
  /** End of the memory of it: never before the end of the lease. */
  readonly knownUntil: number;
  readonly written?: Written;
}

/** A journal. */
interface Written {
  readonly start: JournalStart;
  readonly tokens: TokenId[];
  rounds: number;
}

/** The sessions of this process, gone with it. A session's journal is kept, and forgotten, with the session. */
export function createMemorySessions(options: MemoryStoreOptions): { sessions: SessionStore; journal: Journal } {
  const { now, idleMs, maxIdle } = options;
  /** In the order of the last change, so that the first without a lease is the one idle for longest. */
  const known = new Map<string, Session>();
  /** Those that were claimed and not released since. */
  const leases = new Set<string>();
  let lastFence = 0n;

  const find = (sessionId: string): Session | undefined => {
    const session = known.get(sessionId);
    return session && session.knownUntil > now() ? session : undefined;
  };
  const leased = (session: Session): boolean => session.leasedUntil > now();
  const inForce = ({ sessionId, fence }: Lease): Session | undefined => {
    const session = find(sessionId);
    return session && leased(session) && session.fence === fence ? session : undefined;
  };
  const put = (sessionId: string, session: Omit<Session, 'knownUntil'>): void => {
    known.delete(sessionId);
    known.set(sessionId, { ...session, knownUntil: Math.max(session.leasedUntil, now() + idleMs) });
  };
  const forgetIdle = (): void => {
    for (const sessionId of leases) {
      const session = known.get(sessionId);
      if (!session || !leased(session)) leases.delete(sessionId);
    }
    let idle = known.size - leases.size;
    for (const [sessionId, session] of known) {
      if (leased(session)) continue;
      // Those behind it were left later still.
      if (idle <= maxIdle && session.knownUntil > now()) break;
      known.delete(sessionId);
      idle--;
    }
  };
  const nextFence = (): bigint => {
    const microseconds = BigInt(Math.floor(now())) * 1000n;
    return (lastFence = microseconds > lastFence ? microseconds : lastFence + 1n);
  };

  const sessions: SessionStore = {
    async claim(sessionId, ttlMs) {
      const session = find(sessionId);
      if (session && leased(session)) return undefined;
      const caches = session?.caches ?? {};
      const fence = nextFence();
      put(sessionId, { ...session, fence, caches, leasedUntil: now() + ttlMs });
      leases.add(sessionId);
      forgetIdle();
      return { lease: { sessionId, fence }, caches };
    },
    async renew(lease, ttlMs) {
      const session = inForce(lease);
      if (session) put(lease.sessionId, { ...session, leasedUntil: now() + ttlMs });
      return session !== undefined;
    },
    async release(lease, caches) {
      const session = inForce(lease);
      if (!session) return;
      put(lease.sessionId, { ...session, caches, leasedUntil: 0 });
      leases.delete(lease.sessionId);
      forgetIdle();
    },
    async close(sessionId) {
      const session = find(sessionId);
      known.delete(sessionId);
      leases.delete(sessionId);
      return session !== undefined;
    },
  };

  const journal: Journal = {
    async begin(lease, { prompt, seed }) {
      const session = inForce(lease);
      if (!session) return false;
      put(lease.sessionId, { ...session, written: { start: { prompt: [...prompt], seed }, tokens: [], rounds: 0 } });
      return true;
    },
    async append(lease, { index, tokens, rounds }: JournalEntry) {
      const session = inForce(lease);
      const written = session?.written;
      if (!written) return false;
      if (written.tokens.length === index) {
        for (const token of tokens) written.tokens.push(token);
        written.rounds = rounds;
      } else if (!endsWith(written, { index, tokens, rounds })) return false;
      put(lease.sessionId, session);
      return true;
    },
    async read(sessionId) {
      const written = find(sessionId)?.written;
      return written && { ...written.start, tokens: [...written.tokens], rounds: written.rounds };
    },
  };
  return { sessions, journal };
}

/** Whether an entry is the last that was written. */
function endsWith(written: Written, { index, tokens, rounds }: JournalEntry): boolean {
  return (
    written.rounds === rounds &&
    written.tokens.length === index + tokens.length &&
    tokens.every((token, i) => written.tokens[index + i] === token)
  );
}
