/** The race itself; what it makes of a generation is in coupled-text.unit.test.ts. */
import { chiSquareTest, countKeys, seededRandom } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { race } from './coupling.js';
import { keyedRandom } from './random.js';
import type { SparseDistribution } from './types.js';

const ALPHA = 1e-4;
const POSITIONS = 60_000;

const law = (...probabilities: number[]): SparseDistribution => ({
  ids: probabilities.map((_, i) => 7 * i),
  probabilities,
});
const positions = Array.from({ length: POSITIONS }, (_, position) => position);
const shares = (...probabilities: number[]) => new Map(probabilities.map((p, place) => [String(place), p]));

describe(`race (chi-square over ${POSITIONS} positions, alpha ${ALPHA})`, () => {
  it.each([
    { probabilities: [0.5, 0.3, 0.15, 0.05], tail: 0 },
    { probabilities: [0.4, 0.2, 0.1], tail: 0.3 },
    { probabilities: [0.02, 0.02, 0.01], tail: 0.95 },
    { probabilities: [0.999, 0.0006, 0.0004], tail: 0 },
    { probabilities: Array.from({ length: 64 }, () => 1 / 80), tail: 16 / 80 },
  ])('is won by each token as often as its law says, tail $tail', ({ probabilities, tail }) => {
    for (const seed of [1n, 2n, 0xfedcba9876543210n]) {
      const random = keyedRandom(seed);
      const won = countKeys(positions.map((position) => String(race(law(...probabilities), tail, position, random))));
      const expected = tail > 0 ? shares(...probabilities, tail) : shares(...probabilities);
      expect(chiSquareTest(won, expected).pValue).toBeGreaterThan(ALPHA);
    }
  });

  it('at one position does not depend on the race at the one before', () => {
    const random = keyedRandom(11n);
    const p = [0.5, 0.3, 0.2];
    const winners = positions.map((position) => race(law(...p), 0, position, random));
    const pairs = winners.slice(1).map((winner, i) => `${winners[i]} ${winner}`);
    const expected = new Map(p.flatMap((a, i) => p.map((b, j) => [`${i} ${j}`, a * b] as const)));
    // Overlapping pairs are not independent of each other: every second one is.
    const apart = countKeys(pairs.filter((_, i) => i % 2 === 0));
    expect(chiSquareTest(apart, expected).pValue).toBeGreaterThan(ALPHA);
  });

  it('tells a law that is off by a fiftieth', () => {
    const random = keyedRandom(1n);
    const won = countKeys(positions.map((position) => String(race(law(0.51, 0.49), 0, position, random))));
    expect(chiSquareTest(won, shares(0.5, 0.5)).pValue).toBeLessThan(ALPHA);
  });

  it('of two laws has one winner as often as Gumbel coupling says (arXiv:2408.07978)', () => {
    const random = keyedRandom(5n);
    for (const [p, q] of [
      [
        [0.5, 0.3, 0.2],
        [0.3, 0.3, 0.4],
      ],
      [
        [0.9, 0.05, 0.05],
        [0.2, 0.4, 0.4],
      ],
      [
        [0.25, 0.25, 0.25, 0.25],
        [0.4, 0.3, 0.2, 0.1],
      ],
    ] as const) {
      // P(both i) = 1 / sum_j max(p_j / p_i, q_j / q_i): the first clock of the target and of the draft is that of i.
      const same = p.reduce(
        (total, _, i) => total + 1 / p.reduce((sum, pj, j) => sum + Math.max(pj / at(p, i), at(q, j) / at(q, i)), 0),
        0,
      );
      const chance = p.reduce((total, pi, i) => total + pi * at(q, i), 0);
      const distance = p.reduce((total, pi, i) => total + Math.abs(pi - at(q, i)), 0) / 2;
      const equal = countKeys(
        positions.map((at) => String(race(law(...p), 0, at, random) === race(law(...q), 0, at, random))),
      );
      const expected = new Map([
        ['true', same],
        ['false', 1 - same],
      ]);
      expect(chiSquareTest(equal, expected).pValue).toBeGreaterThan(ALPHA);
      // Far above what two independent draws would give, and at least the bound that the paper proves.
      expect(same).toBeGreaterThan(1.3 * chance);
      expect(same).toBeGreaterThanOrEqual((1 - distance) / (1 + distance));
    }
  });
});

describe('race', () => {
  const setting = fc.record({
    seed: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    position: fc.nat(1e6),
    weights: fc
      .array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true })), { minLength: 1, maxLength: 8 })
      .filter((weights) => weights.some((weight) => weight > 0)),
    tail: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true })),
  });

  it('is never won with a weight of 0, and depends neither on the order nor on the sum of the weights', () => {
    fc.assert(
      fc.property(setting, fc.integer({ min: -8, max: 8 }), ({ seed, position, weights, tail }, shift) => {
        const random = keyedRandom(seed);
        const { ids, probabilities } = law(...weights);
        const winner = race({ ids, probabilities }, tail, position, random);
        expect(winner === ids.length ? tail : (probabilities[winner] as number)).toBeGreaterThan(0);
        // A power of two scales without rounding.
        const scaled = probabilities.map((weight) => weight * 2 ** shift);
        expect(race({ ids, probabilities: scaled }, tail * 2 ** shift, position, random)).toBe(winner);
        const backwards = { ids: ids.toReversed(), probabilities: probabilities.toReversed() };
        const last = race(backwards, tail, position, random);
        expect(last).toBe(winner === ids.length ? winner : ids.length - 1 - winner);
      }),
      { numRuns: 1000 },
    );
  });

  it('goes on to the next token when the winner is gone: what the others do is not changed', () => {
    const uniform = seededRandom(3);
    const random = keyedRandom(9n);
    for (let position = 0; position < 500; position++) {
      const weights = Array.from({ length: 5 }, uniform);
      const winner = race(law(...weights), 0, position, random);
      const removed = Math.floor(5 * uniform());
      if (removed === winner) continue;
      const without = weights.map((weight, i) => (i === removed ? 0 : weight));
      expect(race(law(...without), 0, position, random)).toBe(winner);
    }
  });

  it('has a winner for weights however small', () => {
    expect(race(law(0, 5e-324), 0, 3, keyedRandom(1n))).toBe(1);
    expect(race(law(0, 0), 5e-324, 3, keyedRandom(1n))).toBe(2);
  });
});

const at = (values: readonly number[], i: number): number => values[i] as number;
