import { nextTokenLaw } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidates, draftDistribution, distributionFromLogits } from './sampling.js';
import { includeTokens, targetDistribution, withTail } from './sampling.js';
import type { Sampling, SparseDistribution, TargetDistribution } from './types.js';

const sampling = fc.record<Sampling>({
  temperature: fc.oneof(fc.constant(0), fc.double({ min: 0.2, max: 3, noNaN: true })),
  topK: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 14 })),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 0.05, max: 0.999, noNaN: true })),
  seed: fc.constant(0n),
});

/** Few distinct values, so that ties happen. */
const logits = fc
  .array(fc.integer({ min: -12, max: 12 }), { minLength: 1, maxLength: 12 })
  .map((steps) => steps.map((s) => s / 4));

/** What an engine's sampling head computes: the `count` largest tempered logits and the normaliser of all. */
function topCandidates(values: readonly number[], temperature: number, count: number): Candidates {
  const scaled = values.map((logit) => logit / (temperature || 1));
  const order = scaled.map((_, id) => id).sort((a, b) => (scaled[b] as number) - (scaled[a] as number) || a - b);
  const ids = Int32Array.from(order.slice(0, count));
  return {
    ids,
    logits: Float64Array.from(ids, (id) => scaled[id] as number),
    logNormalizer: Math.log(scaled.reduce((total, logit) => total + Math.exp(logit), 0)),
    vocabularySize: values.length,
  };
}

function dense(law: SparseDistribution, vocabularySize: number): number[] {
  const probabilities = new Array<number>(vocabularySize).fill(0);
  law.ids.forEach((id, i) => (probabilities[id] = law.probabilities[i] as number));
  return probabilities;
}

function expectClose(actual: readonly number[], expected: readonly number[], within = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => expect(Math.abs(value - (expected[i] as number))).toBeLessThan(within));
}

const isDescending = (values: readonly number[]) =>
  values.every((value, i) => i === 0 || value <= (values[i - 1] as number));

/** Whether rounding decides if the nucleus takes one token more: such cases have no one right answer. */
function nucleusIsBorderline(values: readonly number[], { temperature, topK, topP }: Sampling): boolean {
  if (topP >= 1 || temperature === 0) return false;
  const law = nextTokenLaw(values, { temperature, topK, topP: 1 }).sort((a, b) => b - a);
  let mass = 0;
  return law.some((p) => Math.abs((mass += p) - topP) < 1e-9);
}

describe('distributionFromLogits', () => {
  it('is the textbook law, most probable first', () => {
    fc.assert(
      fc.property(logits, sampling, (values, how) => {
        fc.pre(!nucleusIsBorderline(values, how));
        const law = distributionFromLogits(Float32Array.from(values), how);
        expectClose(dense(law, values.length), nextTokenLaw(values, how));
        expect(isDescending(law.probabilities)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('stays finite for extreme logits and temperatures', () => {
    const law = distributionFromLogits(Float32Array.of(3e38, -3e38, 0, -Infinity), {
      temperature: 1e-3,
      topK: 0,
      topP: 1,
      seed: 0n,
    });
    expect(law).toEqual({ ids: [0], probabilities: [1] });
  });
});

describe('targetDistribution', () => {
  it('is the textbook law, with the rest of its mass as tail, or asks for all logits', () => {
    fc.assert(
      fc.property(logits, sampling, fc.integer({ min: 1, max: 12 }), (values, how, count) => {
        fc.pre(!nucleusIsBorderline(values, how));
        const candidates = topCandidates(values, how.temperature, Math.min(count, values.length));
        const law = targetDistribution(candidates, how);
        const oracle = nextTokenLaw(values, how);
        const support = oracle.filter((p) => p > 0).length;
        const truncates = how.temperature > 0 && ((how.topK > 0 && how.topK < values.length) || how.topP < 1);
        if (law === undefined) {
          // Only a truncation that does not, or may not, fit in the candidates.
          expect(truncates).toBe(true);
          expect(Math.max(support, how.topK)).toBeGreaterThan(candidates.ids.length);
          return;
        }
        law.ids.forEach((id, i) =>
          expect(Math.abs((oracle[id] as number) - (law.probabilities[i] as number))).toBeLessThan(1e-12),
        );
        const known = law.probabilities.reduce((a, b) => a + b, 0);
        expect(known + law.tailProbability).toBeCloseTo(1, 12);
        if (truncates || how.temperature === 0) {
          expect(law.tailProbability).toBe(0);
          expect(law.ids.length).toBe(support);
        } else {
          expect(law.ids).toEqual(Array.from(candidates.ids));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('decides a tie at temperature 0 for the lowest id, in whatever order the tied come', () => {
    const tied = { ids: [9, 4, 6], logits: [2, 2, 1], logNormalizer: 3, vocabularySize: 20 };
    expect(targetDistribution(tied, { temperature: 0, topK: 0, topP: 1, seed: 0n })).toEqual({
      ids: [4],
      probabilities: [1],
      tailProbability: 0,
    });
  });

  it('refuses a normaliser that is no number', () => {
    const broken = { ids: [0], logits: [1], logNormalizer: NaN, vocabularySize: 2 };
    const how = { temperature: 1, topK: 0, topP: 1, seed: 0n };
    expect(() => targetDistribution(broken, how)).toThrow(/logNormalizer/);
    expect(() => draftDistribution(broken, how)).toThrow(/logNormalizer/);
  });
});

describe('draftDistribution', () => {
  it('is the textbook law cut to the candidates, in float32', () => {
    fc.assert(
      fc.property(logits, sampling, fc.integer({ min: 1, max: 12 }), (values, how, count) => {
        fc.pre(!nucleusIsBorderline(values, how));
        const candidates = topCandidates(values, how.temperature, Math.min(count, values.length));
        const law = draftDistribution(candidates, how);
        law.probabilities.forEach((p) => expect(p).toBe(Math.fround(p)));
        expect(isDescending(law.probabilities)).toBe(true);
        expect(law.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
        if (how.topK === 0 || how.topK <= candidates.ids.length) {
          // Rank and ratio are the law's own; only what the candidates do not hold is missing.
          const oracle = nextTokenLaw(values, how);
          const inside = oracle.map((p, id) => (Array.from(candidates.ids).includes(id) ? p : 0));
          const total = inside.reduce((a, b) => a + b);
          expectClose(
            dense(law, values.length),
            inside.map((p) => p / total),
            1e-7,
          );
        } else {
          expect(law.ids.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('tails', () => {
  const law: SparseDistribution = { ids: [4, 1, 7, 2], probabilities: [0.4, 0.3, 0.2, 0.1] };
  const probabilityOf = (id: number) => law.probabilities[law.ids.indexOf(id)] ?? 0;
  const total = (target: TargetDistribution) => target.probabilities.reduce((a, b) => a + b, target.tailProbability);

  it('hold what the most probable tokens leave', () => {
    const cut = withTail(law, 2);
    expect(cut.ids).toEqual([4, 1]);
    expect(cut.tailProbability).toBeCloseTo(0.3, 15);
    expect(withTail(law, 4)).toEqual({ ...law, tailProbability: 0 });
    expect(withTail(law, 0)).toMatchObject({ ids: [], probabilities: [] });
  });

  it('give up the tokens that a draft asks about', () => {
    const target = includeTokens(withTail(law, 1), [2, 4, 9, 1, 2], probabilityOf);
    expect(target.ids).toEqual([4, 1, 2, 9]);
    expect(target.probabilities).toEqual([0.4, 0.3, 0.1, 0]);
    expect(target.tailProbability).toBeCloseTo(0.2, 15);
    expect(total(target)).toBeCloseTo(1, 15);
  });

  it('never fall below 0, and a complete law needs no more candidates', () => {
    expect(includeTokens(withTail(law, 1), law.ids, probabilityOf).tailProbability).toBeGreaterThanOrEqual(0);
    const complete = withTail(law, 4);
    expect(includeTokens(complete, [9], probabilityOf)).toBe(complete);
  });
});
