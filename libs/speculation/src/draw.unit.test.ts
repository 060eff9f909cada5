import { nextTokenLaw } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawFromTailOfLogits, drawIndex, drawToken, drawTokenOutside } from './draw.js';
import { entropy } from './entropy.js';

const weights = fc
  .array(fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1, noNaN: true })), { minLength: 1, maxLength: 20 })
  .filter((values) => values.some((value) => value > 0));
const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('drawIndex', () => {
  it('is the inverse of the cumulated weights', () => {
    expect([0, 0.2499, 0.25, 0.7499, 0.75, 0.9999].map((u) => drawIndex([1, 2, 1], u))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('never draws what has no weight and never runs off the end', () => {
    fc.assert(
      fc.property(weights, fc.oneof(uniform, fc.constantFrom(0, 1 - 2 ** -53)), (values, u) => {
        expect(values[drawIndex(values, u)]).toBeGreaterThan(0);
      }),
    );
  });

  it('agrees with exact rational arithmetic', () => {
    const small = fc
      .array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 })
      .filter((v) => v.some((x) => x > 0));
    fc.assert(
      fc.property(small, fc.integer({ min: 0, max: 1023 }), (values, k) => {
        const total = values.reduce((a, b) => a + b);
        const oracle = values.findIndex((_, i) => 1024 * values.slice(0, i + 1).reduce((a, b) => a + b) > k * total);
        expect(drawIndex(values, k / 1024)).toBe(oracle);
      }),
    );
  });

  it('refuses weights that are all zero', () => {
    expect(() => drawIndex([0, 0], 0.5)).toThrow(/weights/);
    expect(() => drawIndex([], 0.5)).toThrow(/weights/);
  });
});

describe('draws of tokens', () => {
  const law = { ids: [7, 3, 5], probabilities: [0.5, 0.3, 0.2] };

  it('answer ids', () => {
    expect([0.1, 0.6, 0.9].map((u) => drawToken(law, u))).toEqual([7, 3, 5]);
  });

  it('from a tail leave out the excluded and renormalise', () => {
    const excluded = new Set([3]);
    expect([0.1, 0.7, 0.72, 0.9].map((u) => drawTokenOutside(law, excluded, u))).toEqual([7, 7, 5, 5]);
  });

  it('from a tail that is only rounding fall back to the law', () => {
    expect([0.1, 0.6].map((u) => drawTokenOutside(law, new Set([7, 3, 5, 9]), u))).toEqual([7, 3]);
  });

  it('from the tail of logits follow the tempered softmax without the excluded', () => {
    const logits = Float32Array.of(1, -2, 3, 0.5, 2);
    const excluded = new Set([2, 4]);
    const oracle = nextTokenLaw([...logits], { temperature: 0.8, topK: 0, topP: 1 }).map((p, id) =>
      excluded.has(id) ? 0 : p,
    );
    const cells = 20_000;
    const counts = oracle.map(() => 0);
    for (let cell = 0; cell < cells; cell++) {
      const id = drawFromTailOfLogits(logits, 0.8, excluded, (cell + 0.5) / cells);
      counts[id] = (counts[id] as number) + 1;
    }
    const total = oracle.reduce((a, b) => a + b);
    // An even grid of numbers hits each interval in proportion, to one cell at each end.
    counts.forEach((count, id) =>
      expect(Math.abs(count - (cells * (oracle[id] as number)) / total)).toBeLessThanOrEqual(1),
    );
  });

  it('from the tail of logits survive logits whose exponentials underflow beside the excluded ones', () => {
    expect(drawFromTailOfLogits(Float32Array.of(1000, -1000, -1001), 0.5, new Set([0]), 0.5)).toBe(1);
  });
});

describe('entropy', () => {
  it('is ln n for n equal weights, 0 for one, and 0 for none', () => {
    for (const n of [1, 2, 3, 10, 1000]) expect(entropy(new Float32Array(n).fill(0.1))).toBeCloseTo(Math.log(n), 12);
    expect(entropy([0, 5, 0])).toBe(0);
    expect(entropy([])).toBe(0);
  });

  it('is the definition, whatever the weights sum to', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0.01, max: 100, noNaN: true }), (values, scale) => {
        const total = values.reduce((a, b) => a + b);
        const oracle = values.filter((w) => w > 0).reduce((sum, w) => sum - (w / total) * Math.log(w / total), 0);
        expect(entropy(values.map((w) => w * scale))).toBeCloseTo(oracle, 9);
        expect(entropy(values)).toBeGreaterThanOrEqual(0);
        expect(entropy(values)).toBeLessThanOrEqual(Math.log(values.length) + 1e-12);
      }),
    );
  });
});
