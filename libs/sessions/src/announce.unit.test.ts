import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepAnnounced } from './announce.js';
import { replicaRecord } from './conformance/state-under-test.fixture.js';
import { StoreError } from './error.js';
import { createMemoryState } from './memory/state.js';
import type { ReplicaRegistry } from './registry.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const unavailable = new StoreError('unavailable', 'gone');

/** A registry that can be away, and that takes a while. */
function registry() {
  const { replicas } = createMemoryState({ now: Date.now, idleMs: 1, maxIdle: 1 });
  const state = { away: false, takesMs: 0, running: 0, mostRunning: 0, calls: 0 };
  const slow: ReplicaRegistry = {
    ...replicas,
    async announce(record, ttlMs) {
      state.calls++;
      state.running++;
      state.mostRunning = Math.max(state.mostRunning, state.running);
      if (state.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, state.takesMs));
      state.running--;
      if (state.away) throw unavailable;
      return replicas.announce(record, ttlMs);
    },
    async withdraw(role, id) {
      if (state.away) throw unavailable;
      return replicas.withdraw(role, id);
    },
  };
  return { replicas: slow, state };
}

function announced() {
  const { replicas, state } = registry();
  let slotsInUse = 0;
  const [onNew, onError] = [vi.fn(), vi.fn()];
  const describe = () => replicaRecord('target', 'a', slotsInUse);
  const announcer = keepAnnounced(replicas, describe, { everyMs: 100, ttlMs: 350, onNew, onError });
  const known = async () => (await replicas.list('target')).map(({ status }) => status.slotsInUse);
  return { replicas, state, announcer, onNew, onError, known, use: (slots: number) => void (slotsInUse = slots) };
}

it('announces at once, and again with what has changed', async () => {
  const { announcer, known, use, onNew, state } = announced();
  await vi.advanceTimersByTimeAsync(0);
  expect(await known()).toEqual([0]);
  use(3);
  await vi.advanceTimersByTimeAsync(99);
  expect(await known()).toEqual([0]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await known()).toEqual([3]);
  use(4);
  announcer.refresh();
  await vi.advanceTimersByTimeAsync(0);
  expect(await known()).toEqual([4]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(state.calls).toBe(13);
  expect(onNew).toHaveBeenCalledTimes(1);
  await announcer.stop();
});

it('withdraws when it stops, and is silent from then on', async () => {
  const { announcer, known, state } = announced();
  await announcer.stop();
  expect(await known()).toEqual([]);
  announcer.refresh();
  await announcer.stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(state.calls).toBe(1);
});

it('never runs twice at a time, and is refreshed after a heartbeat that was under way', async () => {
  const { announcer, known, use, state } = announced();
  await vi.advanceTimersByTimeAsync(100);
  state.takesMs = 250;
  await vi.advanceTimersByTimeAsync(150);
  use(2);
  announcer.refresh();
  announcer.refresh();
  await vi.advanceTimersByTimeAsync(500);
  expect(state.mostRunning).toBe(1);
  expect(await known()).toEqual([2]);
  const stopping = announcer.stop();
  await vi.advanceTimersByTimeAsync(250);
  await stopping;
  expect(await known()).toEqual([]);
});

it('survives a store that is away, and has everything said again when it is back', async () => {
  const { announcer, known, onNew, onError, state } = announced();
  await vi.advanceTimersByTimeAsync(0);
  state.away = true;
  await vi.advanceTimersByTimeAsync(200);
  expect(onError.mock.calls).toEqual([[unavailable], [unavailable]]);
  state.away = false;
  await vi.advanceTimersByTimeAsync(100);
  // It still knew the replica; whether it did all the time, nobody can say.
  expect(await known()).toEqual([0]);
  expect(onNew).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(300);
  expect(onNew).toHaveBeenCalledTimes(2);
  state.away = true;
  await announcer.stop();
});

it('notices that the store has forgotten it', async () => {
  const { replicas, announcer, onNew } = announced();
  await vi.advanceTimersByTimeAsync(0);
  await replicas.withdraw('target', 'a');
  await vi.advanceTimersByTimeAsync(100);
  expect(onNew).toHaveBeenCalledTimes(2);
  await announcer.stop();
});
