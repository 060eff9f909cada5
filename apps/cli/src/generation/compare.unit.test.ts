import { describe, expect, it } from 'vitest';
import { compare } from './compare.js';
import { sampleGeneration } from './generation.fixture.js';

/** Runs with the given speeds, in the order they are asked for. */
function scripted(speeds: readonly number[], lastTokens: readonly number[] = []) {
  const order: boolean[] = [];
  const run = (speculate: boolean) => {
    const index = order.push(speculate) - 1;
    const lastToken = lastTokens[index];
    return Promise.resolve(
      sampleGeneration({
        policy: speculate ? 'adaedl' : 'off',
        tokensPerSecond: speeds[index] ?? Number.NaN,
        ...(lastToken === undefined ? {} : { lastToken }),
      }),
    );
  };
  return { order, run };
}

describe('compare', () => {
  it('warms target-only up, alternates, and leaves warm-ups out of the figures', async () => {
    const { order, run } = scripted([1, 200, 100, 110, 180]);
    const result = await compare(sampleGeneration({ tokensPerSecond: 1 }), true, { run });
    expect(order).toEqual([false, true, false, false, true]);
    expect(result.tokensPerSecond).toBe(190);
    expect(result.targetOnlyTokensPerSecond).toBe(105);
    expect(result.speedup).toBeCloseTo(190 / 105, 12);
    expect(result.sameText).toBe(true);
    expect(result.runs.map(({ policy }) => policy)).toEqual(['adaedl', 'off', 'off', 'adaedl']);
  });

  it.each([0, 1, 2, 3, 4])('sees a different token in run %i, the warm-up included', async (different) => {
    const lastTokens = [15, 15, 15, 15, 15].map((id, index) => (index === different ? 99 : id));
    const { run } = scripted([1, 1, 1, 1, 1], lastTokens);
    expect((await compare(sampleGeneration(), true, { run })).sameText).toBe(false);
  });

  it('does not compare the text of samplers', async () => {
    const { run } = scripted([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]);
    expect((await compare(sampleGeneration(), false, { run })).sameText).toBeUndefined();
  });
});
