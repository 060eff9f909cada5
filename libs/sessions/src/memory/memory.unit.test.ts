import { expect, it } from 'vitest';
import { at, sessionStoreConformance, testIdleMs } from '../sessions.conformance.fixture.js';
import { createMemoryStore } from './sessions.js';

function memoryStore(maxIdle = 100) {
  let time = 1_700_000_000_000;
  return {
    store: createMemoryStore({ now: () => time, idleMs: testIdleMs, maxIdle }),
    pass: async (milliseconds: number) => void (time += milliseconds),
  };
}

sessionStoreConformance('memory', async () => memoryStore());

it('forgets the session that is idle for longest, and no leased one, when there are too many', async () => {
  const { store } = memoryStore(2);
  const held = await store.claim('held', 1000);
  for (const sessionId of ['a', 'b', 'c']) {
    await store.release((await store.claim(sessionId, 1000))!.lease, at(1));
  }
  expect((await store.claim('a', 1000))?.caches).toEqual({});
  expect((await store.claim('b', 1000))?.caches).toEqual(at(1));
  expect((await store.claim('c', 1000))?.caches).toEqual(at(1));
  expect(await store.renew(held!.lease, 1000)).toBe(true);
});

it('never repeats a fence after a restart', async () => {
  const before = createMemoryStore({ now: () => 1000, idleMs: 1, maxIdle: 1 });
  const fences = await Promise.all(Array.from({ length: 1000 }, (_, i) => before.claim(`s${i}`, 1)));
  const after = createMemoryStore({ now: () => 1001, idleMs: 1, maxIdle: 1 });
  const next = (await after.claim('s', 1))!.lease.fence;
  expect(fences.every((claimed) => claimed!.lease.fence < next)).toBe(true);
});
