/** What every session store must do. The adapter is a parameter: it is made afresh for each test. */
import { describe, expect, it } from 'vitest';
import type { CacheReferences, SessionStore } from './store.js';

export interface StoreUnderTest {
  readonly store: SessionStore;
  /** Lets this much of the store's time pass. */
  pass(milliseconds: number): Promise<void>;
}

/** How long the stores under test remember a released session. */
export const testIdleMs = 10_000;

/** References to a cache of so many tokens. */
export const at = (length: number): CacheReferences => ({ target: { replica: 'r', length, link: 'link' } });

export function sessionStoreConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a session store`, () => {
    it('gives a session to one holder at a time', async () => {
      const { store } = await open();
      const first = await store.claim('s', 1000);
      expect(first).toMatchObject({ lease: { sessionId: 's' }, caches: {} });
      expect(await store.claim('s', 1000)).toBeUndefined();
      expect(await store.claim('other', 1000)).toBeDefined();
    });

    it('gives exactly one of many simultaneous claims', async () => {
      const { store } = await open();
      const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim('s', 1000)));
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    });

    it('remembers where caches are, and raises the fence with every claim', async () => {
      const { store } = await open();
      let fence = 0n;
      let left: CacheReferences = {};
      for (const caches of [at(1), { draft: at(2).target }, {}]) {
        const claimed = await store.claim('s', 1000);
        expect(claimed?.caches).toEqual(left);
        left = caches;
        expect(claimed?.lease.fence).toBeGreaterThan(fence);
        fence = claimed?.lease.fence ?? 0n;
        await store.release(claimed!.lease, caches);
      }
    });

    it('lets a lease expire, and then ignores its holder', async () => {
      const { store, pass } = await open();
      const late = (await store.claim('s', 1000))!.lease;
      await pass(1000);
      expect(await store.renew(late, 1000)).toBe(false);
      const next = await store.claim('s', 1000);
      expect(next?.lease.fence).toBeGreaterThan(late.fence);
      await store.release(late, at(9));
      expect(await store.renew(late, 1000)).toBe(false);
      expect(await store.renew(next!.lease, 1000)).toBe(true);
    });

    it('extends a lease from now', async () => {
      const { store, pass } = await open();
      const { lease } = (await store.claim('s', 1000))!;
      await pass(900);
      expect(await store.renew(lease, 1000)).toBe(true);
      await pass(900);
      expect(await store.claim('s', 1000)).toBeUndefined();
      await pass(100);
      expect(await store.claim('s', 1000)).toBeDefined();
    });

    it('keeps the fence rising over close and over forgetting', async () => {
      const { store, pass } = await open();
      const { lease } = (await store.claim('s', 1000))!;
      expect(await store.close('s')).toBe(true);
      expect(await store.close('s')).toBe(false);
      expect(await store.renew(lease, 1000)).toBe(false);

      const second = (await store.claim('s', 1000))!;
      expect(second.lease.fence).toBeGreaterThan(lease.fence);
      await store.release(second.lease, at(1));
      await pass(testIdleMs);
      const third = (await store.claim('s', 1000))!;
      expect(third.caches).toEqual({});
      expect(third.lease.fence).toBeGreaterThan(second.lease.fence);
    });
  });
}
