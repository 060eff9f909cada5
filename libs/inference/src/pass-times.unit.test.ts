import { expect, it } from 'vitest';
import { PassTimes } from './pass-times.js';

it('cuts chunks so that they take one and a half of a pass over blocks, within bounds', () => {
  const times = new PassTimes();
  expect(times.chunkTokens(64)).toBe(16);
  times.chunk(64, 64);
  for (const [blockMs, tokens] of [
    [1, 16],
    [20, 24],
    [100, 64],
  ] as const) {
    const known = new PassTimes();
    known.chunk(64, 64);
    known.block(blockMs);
    expect(known.chunkTokens(64)).toBe(tokens);
  }
});

it('lets blocks wait for half of the quickest pass, and forgets that one', () => {
  const times = new PassTimes();
  expect(times.patienceMs()).toBe(0);
  times.block(20);
  times.block(10);
  times.block(30);
  expect(times.patienceMs()).toBeCloseTo(5, 1);
  for (let i = 0; i < 1000; i++) times.block(20);
  expect(times.patienceMs()).toBeCloseTo(10, 1);
});
