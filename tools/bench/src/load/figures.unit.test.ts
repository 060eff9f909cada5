import { describe, expect, it } from 'vitest';
import { figuresOf, perTokenGaps } from './figures.js';
import { completion, figures } from './load.fixture.js';
import { summarizeLoad } from './summary.js';

describe('the time of each token', () => {
  it('is the wait for its message, shared by the tokens of that message', () => {
    expect(perTokenGaps(completion())).toEqual([20 / 3, 20 / 3, 20 / 3, 15, 15]);
  });

  it('is of no round without tokens, whose wait is the next round’s', () => {
    expect(perTokenGaps({ arrivalsMs: [10, 20, 40], roundTokens: [1, 0, 2] })).toEqual([15, 15]);
  });
});

describe('the figures of a step', () => {
  // Two streams: one with a completion after the other, one with a single one that takes from 1000 to 1300.
  const streams = [
    [completion(), completion({ calledAt: 1200 })],
    [completion({ arrivalsMs: [100, 120, 300], lastTokenMs: 300 })],
  ];
  const of = figuresOf(streams);

  it('count all tokens from the first call to the last token', () => {
    expect(of.completionTokens).toBe(18);
    expect(of.durationMs).toBe(350);
    expect(of.tokensPerSecond).toBeCloseTo(18 / 0.35);
  });

  it('leave prefills and first tokens out of the decoding speed, which is the sum over streams', () => {
    expect(of.decodeTokensPerSecond).toBeCloseTo(10 / 0.1 + 5 / 0.2);
  });

  it('compare the slowest stream with the fastest', () => {
    expect(of.slowestOverFastest).toBeCloseTo(6 / 300 / (12 / 350));
  });

  it('count passes, not the rounds that shared them', () => {
    expect(of.meanBatchSize).toBeCloseTo(9 / (3 * (0.5 + 0.5 + 1)));
    expect(of.meanTargetQueueMs).toBe(3);
    expect(of.meanAcceptanceLength).toBe(2);
  });

  it('tell first tokens apart', () => {
    expect(of.firstTokenMs).toEqual({ median: 100, p99: 100, p99OverMedian: 1 });
    expect(of.perTokenMs.p99).toBe(90);
  });
});

describe('the summary', () => {
  const lap = (streams: number, number: number, tokensPerSecond: number) => ({
    policy: 'off',
    streams,
    lap: number,
    figures: figures({ tokensPerSecond }),
    byStream: [],
    peakMemoryMiB: { target: 100 + number },
  });

  it('takes medians, and ratios within a lap', () => {
    const laps = [lap(1, 0, 100), lap(8, 0, 200), lap(1, 1, 50), lap(8, 1, 150), lap(1, 2, 100), lap(8, 2, 210)];
    const [one, eight] = summarizeLoad(laps, ['off'], [1, 8]);
    expect(one).toMatchObject({ streams: 1, tokensPerSecond: 100, ratioToFewest: { total: 1 } });
    expect(eight).toMatchObject({ streams: 8, tokensPerSecond: 200, peakMemoryMiB: { target: 102 } });
    expect(eight?.ratioToFewest.total).toBeCloseTo(2.1);
  });
});
