/** What every session store must do. */
import { describe, expect, it } from 'vitest';
import type { CacheReferences } from '../store.js';
import { type OpenStateUnderTest, at, idleUnits } from './state-under-test.fixture.js';

export function sessionStoreConformance(name: string, open: OpenStateUnderTest): void {
  describe.concurrent(`${name} as a session store`, () => {
    it('gives a session to one holder at a time', async () => {
      const { state, unitMs } = await open();
      const first = await state.sessions.claim('s', 10 * unitMs);
      expect(first).toMatchObject({ lease: { sessionId: 's' }, caches: {} });
      expect(await state.sessions.claim('s', 10 * unitMs)).toBeUndefined();
      expect(await state.sessions.claim('other', 10 * unitMs)).toBeDefined();
    });

    it('gives exactly one of many simultaneous claims', async () => {
      const { state, unitMs } = await open();
      const claims = await Promise.all(Array.from({ length: 20 }, () => state.sessions.claim('s', 10 * unitMs)));
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    });

    it('remembers where caches are, and raises the fence with every claim', async () => {
      const { state, unitMs } = await open();
      let fence = 0n;
      let left: CacheReferences = {};
      for (const caches of [at(1), { draft: at(2).target }, {}]) {
        const claimed = await state.sessions.claim('s', 10 * unitMs);
        expect(claimed?.caches).toEqual(left);
        left = caches;
        expect(claimed?.lease.fence).toBeGreaterThan(fence);
        fence = claimed?.lease.fence ?? 0n;
        await state.sessions.release(claimed!.lease, caches);
      }
    });

    it('gives fences that are at least the time in microseconds, so that they rise over a loss of everything', async () => {
      const { state, unitMs } = await open();
      const yearMicroseconds = 31_557_600_000_000n;
      const { lease } = (await state.sessions.claim('s', unitMs))!;
      expect(lease.fence).toBeGreaterThan(50n * yearMicroseconds);
    });

    it('lets a lease expire, and then ignores its holder', async () => {
      const { state, unitMs, pass } = await open();
      const { sessions } = state;
      const before = (await sessions.claim('s', 10 * unitMs))!.lease;
      await sessions.release(before, at(3));
      const late = (await sessions.claim('s', unitMs))!.lease;
      await pass(1);
      expect(await sessions.renew(late, unitMs)).toBe(false);
      const next = await sessions.claim('s', 10 * unitMs);
      expect(next?.lease.fence).toBeGreaterThan(late.fence);
      // Nothing is known of what the late holder did to the caches; where they were is a hint all the same.
      expect(next?.caches).toEqual(at(3));
      await sessions.release(late, at(9));
      expect(await sessions.renew(late, unitMs)).toBe(false);
      expect(await sessions.renew(next!.lease, unitMs)).toBe(true);
    });

    it('extends a lease from now', async () => {
      const { state, unitMs, pass } = await open();
      const { lease } = (await state.sessions.claim('s', 4 * unitMs))!;
      await pass(2);
      expect(await state.sessions.renew(lease, 4 * unitMs)).toBe(true);
      await pass(3);
      expect(await state.sessions.claim('s', 4 * unitMs)).toBeUndefined();
      await pass(2);
      expect(await state.sessions.claim('s', 4 * unitMs)).toBeDefined();
    });

    it('keeps a lease for as long as it was given, however short idle sessions are kept', async () => {
      const { state, unitMs, pass } = await open();
      const { lease } = (await state.sessions.claim('s', 3 * idleUnits * unitMs))!;
      await pass(idleUnits + 1);
      expect(await state.sessions.claim('s', unitMs)).toBeUndefined();
      expect(await state.sessions.renew(lease, unitMs)).toBe(true);
    });

    it('keeps the fence rising over close and over forgetting', async () => {
      const { state, unitMs, pass } = await open();
      const { sessions } = state;
      const { lease } = (await sessions.claim('s', 10 * unitMs))!;
      expect(await sessions.close('s')).toBe(true);
      expect(await sessions.close('s')).toBe(false);
      expect(await sessions.renew(lease, 10 * unitMs)).toBe(false);

      const second = (await sessions.claim('s', 10 * unitMs))!;
      expect(second.lease.fence).toBeGreaterThan(lease.fence);
      await sessions.release(second.lease, at(1));
      await pass(idleUnits);
      const third = (await sessions.claim('s', 10 * unitMs))!;
      expect(third.caches).toEqual({});
      expect(third.lease.fence).toBeGreaterThan(second.lease.fence);
    });
  });
}
