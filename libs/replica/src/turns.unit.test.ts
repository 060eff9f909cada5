import type { OutriderError } from '@outrider/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Turns, takingTurns } from './turns.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function serve(idleMs: number) {
  const stops: OutriderError[] = [];
  const stop = (reason: OutriderError): void => void stops.push(reason);
  let turns: Turns | undefined;
  let end: (() => void) | undefined;
  const served = takingTurns({ stop }, idleMs, (given) => {
    turns = given;
    return new Promise<void>((resolve) => (end = resolve));
  });
  return { stops, turns: turns!, end: async () => (end!(), served) };
}

describe('a stream', () => {
  it('is stopped when its client says nothing from the first', async () => {
    const { stops, end } = serve(100);
    await vi.advanceTimersByTimeAsync(99);
    expect(stops).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(stops).toMatchObject([{ code: 'session_expired', message: 'nothing was heard for 100 ms' }]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(stops).toHaveLength(1);
    await end();
  });

  it('is not, for as long as the service works, and has all of the time from then on', async () => {
    const { stops, turns, end } = serve(100);
    await vi.advanceTimersByTimeAsync(90);
    turns.ours();
    await vi.advanceTimersByTimeAsync(5000);
    turns.theirs();
    await vi.advanceTimersByTimeAsync(99);
    expect(stops).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(stops).toHaveLength(1);
    await end();
  });

  it('lives as long as its client takes its turns in time, with one timer', async () => {
    const { stops, turns, end } = serve(100);
    for (let round = 0; round < 50; round++) {
      turns.theirs();
      await vi.advanceTimersByTimeAsync(round + 40);
      turns.ours();
      expect(vi.getTimerCount()).toBe(1);
    }
    expect(stops).toEqual([]);
    await end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when it fails', async () => {
    const failed = takingTurns({ stop: () => undefined }, 100, () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });
});
