import { expect, it } from 'vitest';
import { checkOneHolder } from '../conformance/one-holder.fixture.js';
import { sharedStateConformance } from '../conformance/state.fixture.js';
import { at, idleUnits } from '../conformance/state-under-test.fixture.js';
import { createMemoryState } from './state.js';

const unitMs = 1000;

function memoryState(maxIdle = 100) {
  let time = 1_700_000_000_000;
  return {
    state: createMemoryState({ now: () => time, idleMs: idleUnits * unitMs, maxIdle }),
    unitMs,
    pass: async (units: number) => void (time += units * unitMs),
  };
}

sharedStateConformance('memory', async () => memoryState());

it('never gives a session two holders', async () => {
  let time = 1_700_000_000_000;
  const state = createMemoryState({ now: () => time, idleMs: 20, maxIdle: 100 });
  await checkOneHolder({ clients: [state, state, state], now: () => time, pass: async (ms) => void (time += ms) }, 300);
});

it('forgets the session that is idle for longest, and no leased one, when there are too many', async () => {
  const { sessions } = memoryState(2).state;
  const held = await sessions.claim('held', 1000);
  for (const sessionId of ['a', 'b', 'c']) {
    await sessions.release((await sessions.claim(sessionId, 1000))!.lease, at(1));
  }
  expect((await sessions.claim('a', 1000))?.caches).toEqual({});
  expect((await sessions.claim('b', 1000))?.caches).toEqual(at(1));
  expect((await sessions.claim('c', 1000))?.caches).toEqual(at(1));
  expect(await sessions.renew(held!.lease, 1000)).toBe(true);
});

it('forgets leases that expired, when there are too many', async () => {
  const { state, pass } = memoryState(2);
  const before = (await state.sessions.claim('abandoned', unitMs))!;
  await state.journal.begin(before.lease, { prompt: [1], seed: 0n });
  await pass(1);
  for (const sessionId of ['a', 'b', 'c']) {
    await state.sessions.release((await state.sessions.claim(sessionId, unitMs))!.lease, at(1));
  }
  expect(await state.journal.read('abandoned')).toBeUndefined();
});

it('never repeats a fence after a restart', async () => {
  const before = createMemoryState({ now: () => 1000, idleMs: 1, maxIdle: 1 }).sessions;
  const fences = await Promise.all(Array.from({ length: 1000 }, (_, i) => before.claim(`s${i}`, 1)));
  const after = createMemoryState({ now: () => 1001, idleMs: 1, maxIdle: 1 }).sessions;
  const next = (await after.claim('s', 1))!.lease.fence;
  expect(fences.every((claimed) => claimed!.lease.fence < next)).toBe(true);
});

it('forgets warm starts after a month', async () => {
  const { state, pass } = memoryState();
  await state.warmStarts.keep('k', 1);
  await pass((30 * 86_400_000) / unitMs);
  expect(await state.warmStarts.find('k')).toBeUndefined();
});
