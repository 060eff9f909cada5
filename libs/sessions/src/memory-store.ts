import type { CacheReferences, Lease, SessionStore } from './store.js';

export interface MemoryStoreOptions {
  /** Clock in milliseconds since 1970. */
  readonly now: () => number;
  /** How long a released session is remembered. */
  readonly idleMs: number;
  /** Sessions remembered at most; the one released first is forgotten first. Leases are not counted. */
  readonly maxIdle: number;
}

interface Entry {
  readonly fence: bigint;
  readonly caches: CacheReferences;
  readonly leased: boolean;
  /** When the lease or, for a released session, the memory of it ends. */
  readonly expiresAt: number;
}

/** Room for this many fences per millisecond, so that a restart never repeats one. */
const fencesPerMs = 1_048_576n;

/** The embedded store: everything in this process, gone with it. */
export function createMemoryStore({ now, idleMs, maxIdle }: MemoryStoreOptions): SessionStore {
  /** In the order of the last change, so that the first released entry is the one idle for longest. */
  const entries = new Map<string, Entry>();
  let lastFence = BigInt(now()) * fencesPerMs;

  const find = (sessionId: string): Entry | undefined => {
    const entry = entries.get(sessionId);
    return entry && entry.expiresAt > now() ? entry : undefined;
  };
  const inForce = ({ sessionId, fence }: Lease): Entry | undefined => {
    const entry = find(sessionId);
    return entry?.leased && entry.fence === fence ? entry : undefined;
  };
  const put = (sessionId: string, entry: Entry): void => {
    entries.delete(sessionId);
    entries.set(sessionId, entry);
  };
  const forgetIdle = (): void => {
    let idle = 0;
    for (const [sessionId, entry] of entries) {
      if (entry.expiresAt <= now()) entries.delete(sessionId);
      else if (!entry.leased) idle++;
    }
    for (const [sessionId, entry] of entries) {
      if (idle <= maxIdle) break;
      if (entry.leased) continue;
      entries.delete(sessionId);
      idle--;
    }
  };

  return {
    async claim(sessionId, ttlMs) {
      const known = find(sessionId);
      if (known?.leased) return undefined;
      const caches = known?.caches ?? {};
      const fence = ++lastFence;
      put(sessionId, { fence, caches, leased: true, expiresAt: now() + ttlMs });
      return { lease: { sessionId, fence }, caches };
    },
    async renew(lease, ttlMs) {
      const entry = inForce(lease);
      if (!entry) return false;
      put(lease.sessionId, { ...entry, expiresAt: now() + ttlMs });
      return true;
    },
    async release(lease, caches) {
      if (!inForce(lease)) return;
      put(lease.sessionId, { fence: lease.fence, caches, leased: false, expiresAt: now() + idleMs });
      forgetIdle();
    },
    async close(sessionId) {
      const known = find(sessionId) !== undefined;
      entries.delete(sessionId);
      return known;
    },
  };
}
