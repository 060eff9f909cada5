import { randomUUID } from 'node:crypto';
import { OutriderError } from '@outrider/contracts';
import type { CacheReferences, ClaimedSession, Lease, SessionStore } from '@outrider/sessions';
import type { StoreWatch } from './store-watch.js';

/** A generation's hold on its session. */
export interface HeldSession {
  readonly sessionId: string;
  /** What replicas know the hold by. */
  readonly fence: bigint;
  /** Where the session's caches were left. */
  readonly caches: CacheReferences;
  /** Questions the store was asked for it. */
  readonly questions: number;
  /** The lease as the store knows it now; undefined where it does not. */
  lease(): Lease | undefined;
  /** Aborted with stale_fence when another may hold the session: it was closed, or taken over. */
  readonly lost: AbortSignal;
  /** Gives the session back, once; leaves where its caches are. */
  release(caches: CacheReferences): Promise<void>;
}

export interface SessionHolder {
  /**
   * Holds a session for one generation; a new one where no id is given. With `fork`, a new one also where another
   * generation holds it. Errors: session_busy.
   */
  hold(sessionId: string | undefined, fork: boolean): Promise<HeldSession>;
  /** Forgets a session; a generation that holds it learns that within a third of the lease. */
  close(sessionId: string): Promise<void>;
}

export interface SessionHolderOptions {
  readonly sessions: SessionStore;
  readonly store: StoreWatch;
  /** A crashed orchestrator blocks its sessions for so long. */
  readonly leaseMs?: number;
}

const away = Symbol('away');

/**
 * Leases are renewed beside the rounds. While the store is away a session is held within this process alone, under a
 * fence as the store would give it, and nothing is known of its caches.
 */
export function createSessionHolder({ sessions, store, leaseMs = 60_000 }: SessionHolderOptions): SessionHolder {
  /** Sessions that generations of this process hold, by however many: one whose lease is lost may not have ended. */
  const here = new Map<string, number>();
  let lastFence = 0n;

  const claimHere = (sessionId: string): ClaimedSession | undefined => {
    if (here.has(sessionId)) return undefined;
    const microseconds = BigInt(Date.now()) * 1000n;
    const fence = microseconds > lastFence ? microseconds : lastFence + 1n;
    return { lease: { sessionId, fence }, caches: {} };
  };
  const claim = async (sessionId: string) => {
    const answer = await store.ask(() => sessions.claim(sessionId, leaseMs), away);
    const claimed = answer === away ? claimHere(sessionId) : answer;
    if (claimed && claimed.lease.fence > lastFence) lastFence = claimed.lease.fence;
    if (claimed) here.set(sessionId, (here.get(sessionId) ?? 0) + 1);
    return claimed && { ...claimed, shared: answer !== away };
  };
  const leave = (sessionId: string): void => {
    const others = (here.get(sessionId) ?? 0) - 1;
    if (others > 0) here.set(sessionId, others);
    else here.delete(sessionId);
  };

  return {
    async hold(asked, fork) {
      let sessionId = asked ?? randomUUID();
      let questions = 1;
      let claimed = await claim(sessionId);
      if (!claimed && fork) {
        sessionId = randomUUID();
        questions++;
        claimed = await claim(sessionId);
      }
      if (!claimed) {
        const problem = `another generation runs in session ${sessionId}: wait for its end, or ask for a fork`;
        throw new OutriderError('session_busy', problem);
      }
      const keeping = keepLease(claimed.shared ? claimed.lease : undefined, sessions, store, leaseMs);
      let released = false;
      return {
        sessionId,
        fence: claimed.lease.fence,
        caches: claimed.caches,
        questions,
        lease: keeping.lease,
        lost: keeping.lost,
        async release(caches) {
          if (released) return;
          released = true;
          keeping.stop();
          leave(sessionId);
          const lease = keeping.lease();
          if (lease) await store.ask(() => sessions.release(lease, caches), undefined);
        },
      };
    },
    async close(sessionId) {
      await store.ask(() => sessions.close(sessionId), false);
    },
  };
}

interface LeaseKeeper {
  lease(): Lease | undefined;
  readonly lost: AbortSignal;
  stop(): void;
}

function keepLease(first: Lease | undefined, sessions: SessionStore, store: StoreWatch, leaseMs: number): LeaseKeeper {
  const lost = new AbortController();
  let lease = first;
  let stopped = first === undefined;
  /** The store was away: it may have forgotten the lease, or let it lapse, without anybody having taken it. */
  let doubtful = false;

  const renew = async (held: Lease): Promise<void> => {
    const renewed = await store.ask(() => sessions.renew(held, leaseMs), away);
    if (renewed === away) doubtful = true;
    if (renewed !== false || stopped) return;
    const again = doubtful ? await store.ask(() => sessions.claim(held.sessionId, leaseMs), away) : undefined;
    if (again === away) return;
    if (again) {
      lease = again.lease;
      doubtful = false;
      // The generation ended meanwhile: nobody else would give it back.
      if (stopped) await store.ask(() => sessions.release(again.lease, {}), undefined);
      return;
    }
    lease = undefined;
    lost.abort(new OutriderError('stale_fence', `session ${held.sessionId} was closed or taken over`));
    clearInterval(timer);
  };
  let renewing = false;
  const timer = setInterval(() => {
    if (stopped || renewing || !lease) return;
    renewing = true;
    void renew(lease).finally(() => (renewing = false));
  }, leaseMs / 3).unref();
  if (stopped) clearInterval(timer);

  return {
    lease: () => lease,
    lost: lost.signal,
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
