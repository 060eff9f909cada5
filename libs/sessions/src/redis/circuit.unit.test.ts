import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StoreError } from '../error.js';
import { createCircuit } from './circuit.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const error = new StoreError('unavailable', 'no answer');

function circuit() {
  const changes: boolean[] = [];
  const store = { answers: false, probes: 0 };
  const made = createCircuit({
    failures: 3,
    firstRetryMs: 100,
    mostRetryMs: 400,
    probe: async () => {
      store.probes++;
      if (!store.answers) throw error;
    },
    onChange: (closed) => changes.push(closed),
  });
  return { made, store, changes };
}

it('opens after failures in a row, and says so once', () => {
  const { made, changes } = circuit();
  made.failed(error, false);
  made.failed(error, false);
  made.succeeded();
  made.failed(error, false);
  made.failed(error, false);
  made.check();
  made.failed(error, false);
  made.failed(error, false);
  expect(made.closed).toBe(false);
  expect(() => made.check()).toThrow(/^Redis is left alone for a while, since it did not answer: no answer$/);
  expect(changes).toEqual([false]);
});

it('opens at once when there is no connection', () => {
  const { made, changes } = circuit();
  made.failed(error, true);
  expect(changes).toEqual([false]);
});

it('probes less and less often, and closes when a probe is answered', async () => {
  const { made, store, changes } = circuit();
  made.failed(error, true);
  for (const [ms, probes] of [
    [100, 1],
    [199, 1],
    [1, 2],
    [400, 3],
    [400, 4],
    [400, 5],
  ] as const) {
    await vi.advanceTimersByTimeAsync(ms);
    expect(store.probes).toBe(probes);
  }
  store.answers = true;
  await vi.advanceTimersByTimeAsync(400);
  expect(changes).toEqual([false, true]);
  made.check();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(store.probes).toBe(6);

  // The next time it begins with short pauses again.
  made.failed(error, true);
  await vi.advanceTimersByTimeAsync(100);
  expect(changes).toEqual([false, true, false, true]);
});

it('probes at once when there is reason to, one at a time, and never when it is closed or stopped', async () => {
  const { made, store, changes } = circuit();
  made.retry();
  expect(store.probes).toBe(0);
  made.failed(error, true);
  store.answers = true;
  made.retry();
  made.retry();
  expect(store.probes).toBe(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(changes).toEqual([false, true]);
  made.failed(error, true);
  made.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(store.probes).toBe(1);
});
