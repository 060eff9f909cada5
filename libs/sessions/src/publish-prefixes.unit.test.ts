import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StoreError } from './error.js';
import { createMemoryState } from './memory/state.js';
import type { PrefixChange, PrefixIndex } from './prefix-index.js';
import { createPrefixPublisher } from './publish-prefixes.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const holder = { replica: 'a', fingerprint: 'f' };
const ttlMs = 300;

/** A publisher over an index that can be away, takes a while, and counts what it is told. */
function published(maxNames?: number) {
  const { prefixes } = createMemoryState({ now: Date.now, idleMs: 1, maxIdle: 1 });
  const state = { away: false, takesMs: 0 };
  const updates: PrefixChange[] = [];
  const answer = async (): Promise<void> => {
    if (state.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, state.takesMs));
    if (state.away) throw new StoreError('unavailable', 'gone');
  };
  const index: PrefixIndex = {
    ...prefixes,
    async update(of, change, ttl) {
      await answer();
      updates.push(change);
      return prefixes.update(of, change, ttl);
    },
    async forget(of) {
      await answer();
      return prefixes.forget(of);
    },
  };
  const onError = vi.fn();
  const publisher = createPrefixPublisher(index, holder, { ttlMs, onError, ...(maxNames && { maxNames }) });
  const holds = async (...names: string[]) =>
    (await Promise.all(names.map((name) => prefixes.find('f', ['a'], [name])))).map(([held]) => held === 1);
  return { publisher, prefixes, updates, state, onError, holds };
}

const change = (added: string[], removed: string[] = []): PrefixChange => ({ added, removed });

it('publishes changes, keeps them known, and has them forgotten in the end', async () => {
  const { publisher, holds } = published();
  publisher.change(change(['x', 'y']));
  await vi.advanceTimersByTimeAsync(0);
  expect(await holds('x', 'y', 'z')).toEqual([true, true, false]);
  await vi.advanceTimersByTimeAsync(10 * ttlMs);
  publisher.change(change(['z'], ['x']));
  await vi.advanceTimersByTimeAsync(0);
  expect(await holds('x', 'y', 'z')).toEqual([false, true, true]);
  await publisher.stop();
  expect(await holds('y', 'z')).toEqual([false, false]);
  publisher.change(change(['w']));
  publisher.publishAll();
  await vi.advanceTimersByTimeAsync(10 * ttlMs);
  expect(await holds('w', 'y')).toEqual([false, false]);
});

it('sends what came while it was sending as one change', async () => {
  const { publisher, updates, state, holds } = published();
  publisher.change(change(['a']));
  await vi.advanceTimersByTimeAsync(0);
  state.takesMs = 50;
  publisher.change(change(['b']));
  updates.length = 0;
  for (const name of ['c', 'd', 'e']) publisher.change(change([name]));
  publisher.change(change(['d'], ['a', 'e', 'unknown']));
  await vi.advanceTimersByTimeAsync(100);
  expect(updates).toEqual([change(['b']), change(['c', 'd'], ['e', 'a'])]);
  expect(await holds('a', 'b', 'c', 'd', 'e')).toEqual([false, true, true, true, false]);
});

it('publishes everything anew when it is told to, or when the index was away', async () => {
  const { publisher, prefixes, state, onError, holds } = published();
  publisher.change(change(['a', 'b']));
  await vi.advanceTimersByTimeAsync(0);
  await prefixes.forget(holder);
  publisher.publishAll();
  await vi.advanceTimersByTimeAsync(0);
  expect(await holds('a', 'b')).toEqual([true, true]);

  state.away = true;
  publisher.change(change(['c'], ['a']));
  for (const name of ['d', 'e']) publisher.change(change([name]));
  await vi.advanceTimersByTimeAsync(ttlMs);
  // Not asked again for every change.
  expect(onError.mock.calls.length).toBeLessThanOrEqual(4);
  await prefixes.update(holder, change(['a', 'nonsense']), 10 * ttlMs);
  state.away = false;
  await vi.advanceTimersByTimeAsync(ttlMs / 3);
  expect(await holds('a', 'b', 'c', 'd', 'e', 'nonsense')).toEqual([false, true, true, true, true, false]);
});

it('publishes so many names at most', async () => {
  const { publisher, updates, holds } = published(3);
  publisher.change(change(['a', 'b', 'c', 'd', 'e']));
  await vi.advanceTimersByTimeAsync(0);
  expect(await holds('a', 'b', 'c', 'd', 'e')).toEqual([true, true, true, false, false]);
  publisher.change(change([], ['b']));
  publisher.change(change(['f']));
  await vi.advanceTimersByTimeAsync(0);
  expect(await holds('a', 'b', 'c', 'f')).toEqual([true, false, true, true]);
  for (const { added, removed } of updates) expect(added.length + removed.length).toBeLessThanOrEqual(4);
});

it('tells the index in the end what the replica holds, whatever happens meanwhile', async () => {
  const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 3 });
  const step = fc.record({
    added: names,
    removed: names,
    away: fc.boolean(),
    takesMs: fc.nat({ max: 30 }),
    waitMs: fc.nat({ max: 60 }),
    all: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 15 }),
      fc.integer({ min: 3, max: 8 }),
      async (steps, max) => {
        const { publisher, state, holds } = published(max);
        const held = new Set<string>();
        for (const { added, removed, away, takesMs, waitMs, all } of steps) {
          Object.assign(state, { away, takesMs });
          for (const name of removed) held.delete(name);
          for (const name of added) if (held.size < max || held.has(name)) held.add(name);
          publisher.change({ added, removed });
          if (all) publisher.publishAll();
          await vi.advanceTimersByTimeAsync(waitMs);
        }
        state.away = false;
        await vi.advanceTimersByTimeAsync(ttlMs);
        expect(await holds('a', 'b', 'c', 'd', 'e')).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => held.has(name)));
        const stopping = publisher.stop();
        await vi.advanceTimersByTimeAsync(100);
        await stopping;
      },
    ),
    { numRuns: 200, seed: 6 },
  );
});
