import { OutriderError } from '@outrider/contracts';
import type { CacheReferences, ClaimedSession, SessionStore } from '@outrider/sessions';

/** A generation's hold on its session. */
export interface HeldSession extends ClaimedSession {
  /** Called between rounds; extends the lease when it is time. Errors: stale_fence when it is lost. */
  keep(): Promise<void>;
  release(caches: CacheReferences): Promise<void>;
}

/** A crashed orchestrator blocks its sessions for so long. */
const ttlMs = 60_000;

/** Claims a session for one generation. Errors: session_busy. */
export async function holdSession(store: SessionStore, sessionId: string, now: () => number): Promise<HeldSession> {
  const claimed = await store.claim(sessionId, ttlMs);
  if (!claimed) throw new OutriderError('session_busy', `another generation holds session ${sessionId}`);
  let renewedAt = now();
  return {
    ...claimed,
    async keep() {
      if (now() - renewedAt < ttlMs / 3) return;
      renewedAt = now();
      if (await store.renew(claimed.lease, ttlMs)) return;
      throw new OutriderError('stale_fence', `session ${sessionId} was closed or taken over`);
    },
    release: (caches) => store.release(claimed.lease, caches),
  };
}
