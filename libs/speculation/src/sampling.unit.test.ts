import { nextTokenLaw } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidates, candidatesOf, draftDistribution, distributionFromLogits } from './sampling.js';
import { includeTokens, targetDistribution, withTail } from './sampling.js';
import type { Sampling, SparseDistribution, TargetDistribution } from './types.js';

const sampling = fc.record<Sampling>({
  temperature: fc.oneof(fc.constant(0), fc.double({ min: 0.2, max: 3, noNaN: true })),
  topK: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 14 })),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 0.05, max: 0.999, noNaN: true })),
  minP: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0.001, max: 0.9, noNaN: true })),
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

/** Whether rounding decides if one token more is kept: such cases have no one right answer. */
function isBorderline(values: readonly number[], { temperature, topK, topP, minP = 0 }: Sampling): boolean {
  if (temperature === 0) return false;
  const largest = Math.max(...values);
  // Tokens as probable as the best are so in whatever way that is computed.
  const shares = values.filter((value) => value < largest).map((value) => Math.exp((value - largest) / temperature));
  if (shares.some((share) => Math.abs(share - minP) < 1e-9)) return true;
  if (topP >= 1) return false;
  const law = nextTokenLaw(values, { temperature, topK, topP: 1 }).sort((a, b) => b - a);
  let mass = 0;
  return law.some((p) => Math.abs((mass += p) - topP) < 1e-9);
}

describe('distributionFromLogits', () => {
  it('is the textbook law, most probable first', () => {
    fc.assert(
      fc.property(logits, sampling, (values, how) => {
        fc.pre(!isBorderline(values, how));
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

const supportOf = (values: readonly number[], how: Sampling) => nextTokenLaw(values, how).filter((p) => p > 0).length;

const asksToTruncate = (values: readonly number[], { temperature, topK, topP, minP = 0 }: Sampling) =>
  temperature === 0 || (topK > 0 && topK < values.length) || topP < 1 || minP > 0;

/** Whether the `count` most probable tokens and the normaliser say where the law ends, if it is cut at all. */
function canTell(values: readonly number[], how: Sampling, count: number): boolean {
  if (how.temperature === 0 || count === values.length || !asksToTruncate(values, how)) return true;
  const cutsToK = how.topK > 0 && how.topK < values.length;
  // The k most probable tokens are candidates.
  if (cutsToK && how.topK <= count) return true;
  // Top-p is a share of the mass of the k most probable tokens, which is not known.
  if (cutsToK && how.topP < 1) return false;
  const untruncated = { ...how, topK: 0, topP: 1, minP: 0 };
  // The nucleus ends among the candidates, or a candidate is too improbable for min-p: then so are all that follow.
  if (how.topP < 1 && supportOf(values, { ...untruncated, topP: how.topP }) <= count) return true;
  return supportOf(values, { ...untruncated, minP: how.minP ?? 0 }) < count;
}

describe('targetDistribution', () => {
  it('ranks logits that round to one weight as the law of the whole vocabulary does', () => {
    const array = Float32Array.of(-1e-45, 0, -Infinity);
    const how = { temperature: 1, topK: 1, topP: 1, seed: 0n };
    expect(distributionFromLogits(array, how)).toEqual({ ids: [1], probabilities: [1] });
    expect(targetDistribution(candidatesOf(array, 1, 1), how)?.ids).toEqual([1]);
  });

  it('is the textbook law, with the rest of its mass as tail, or asks for all logits', () => {
    fc.assert(
      fc.property(logits, sampling, fc.integer({ min: 1, max: 12 }), (values, how, count) => {
        fc.pre(!isBorderline(values, how));
        const candidates = topCandidates(values, how.temperature, Math.min(count, values.length));
        const law = targetDistribution(candidates, how);
        const oracle = nextTokenLaw(values, how);
        const support = supportOf(values, how);
        const truncates = support < values.length;
        expect(law === undefined).toBe(!canTell(values, how, candidates.ids.length));
        if (law === undefined) return;
        law.ids.forEach((id, i) =>
          expect(Math.abs((oracle[id] as number) - (law.probabilities[i] as number))).toBeLessThan(1e-12),
        );
        const known = law.probabilities.reduce((a, b) => a + b, 0);
        expect(known + law.tailProbability).toBeCloseTo(1, 12);
        if (truncates || asksToTruncate(values, how)) {
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
        fc.pre(!isBorderline(values, how));
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

describe('candidatesOf', () => {
  it('is the head of a full sort, ties by the lowest id, with the normaliser of all', () => {
    fc.assert(
      fc.property(
        logits,
        fc.constantFrom(0, 0.3, 1, 2.5),
        fc.integer({ min: 1, max: 13 }),
        (values, temperature, count) => {
          const actual = candidatesOf(Float32Array.from(values), temperature, count);
          const expected = topCandidates(values, temperature, count);
          expect(Array.from(actual.ids)).toEqual(Array.from(expected.ids));
          expect(Array.from(actual.logits)).toEqual(Array.from(expected.logits));
          expect(actual.vocabularySize).toBe(values.length);
          expect(actual.logNormalizer).toBeCloseTo(expected.logNormalizer, 12);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('puts the lowest id first of equals', () => {
    expect(candidatesOf(Float32Array.of(1, 2, 1, 2, 2), 1, 2).ids).toEqual([1, 3]);
    expect(candidatesOf(Float32Array.of(1, 2, 1, 2, 2), 1, 4).ids).toEqual([1, 3, 4, 0]);
  });

  it('gives banned tokens no mass, and stays finite for extreme logits', () => {
    const banned = candidatesOf(Float32Array.of(-Infinity, 1, -Infinity, 0), 1, 3);
    expect(banned.ids).toEqual([1, 3, 0]);
    expect(banned.logNormalizer).toBeCloseTo(Math.log(Math.E + 1), 12);
    expect(targetDistribution(banned, { temperature: 1, topK: 0, topP: 1, seed: 0n })?.probabilities[2]).toBe(0);
    expect(candidatesOf(Float32Array.of(3e38, -3e38, 0), 0.5, 2)).toMatchObject({
      ids: [0, 2],
      logNormalizer: Math.fround(3e38) / 0.5,
    });
  });

  it('leads to the law of the whole vocabulary, on either way', () => {
    const many = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 60 });
    let told = 0;
    fc.assert(
      fc.property(many, sampling, fc.integer({ min: 1, max: 60 }), (values, how, count) => {
        fc.pre(!isBorderline(values.map(Math.fround), how));
        const array = Float32Array.from(values);
        const candidates = candidatesOf(array, how.temperature, count);
        const direct = targetDistribution(candidates, how);
        if (direct === undefined) return;
        told++;
        const full = withTail(distributionFromLogits(array, how), direct.ids.length);
        expect(direct.ids).toEqual(full.ids);
        expectClose(direct.probabilities, full.probabilities);
        expect(Math.abs(direct.tailProbability - full.tailProbability)).toBeLessThan(1e-12);
        // The draft's law is the same, where nothing is left to the tail.
        if (direct.tailProbability > 0) return;
        const draft = draftDistribution(candidates, how);
        expect(draft.ids).toEqual(direct.ids);
        expectClose(draft.probabilities, direct.probabilities, 1e-7);
      }),
      { numRuns: 3000 },
    );
    expect(told).toBeGreaterThan(1000);
  });
});

describe('min-p', () => {
  const how = { temperature: 1, topK: 0, topP: 1, seed: 0n };
  const halves = Float32Array.from([8, 4, 2, 1, 1], Math.log);

  it('keeps the tokens at least so probable, relative to the most probable one', () => {
    expect(distributionFromLogits(halves, { ...how, minP: 0.3 }).ids).toEqual([0, 1]);
    expect(distributionFromLogits(halves, { ...how, minP: 0.2 }).ids).toEqual([0, 1, 2]);
    expect(distributionFromLogits(halves, { ...how, minP: 1 })).toEqual({ ids: [0], probabilities: [1] });
    expect(distributionFromLogits(Float32Array.of(1, 2, 2), { ...how, minP: 1 }).ids).toEqual([1, 2]);
  });

  it('cuts at the temperature, and after top-k and top-p', () => {
    expect(distributionFromLogits(halves, { ...how, temperature: 2, minP: 0.3 }).ids).toEqual([0, 1, 2, 3, 4]);
    expect(distributionFromLogits(halves, { ...how, topK: 1, minP: 0.2 }).ids).toEqual([0]);
    expect(distributionFromLogits(halves, { ...how, topP: 0.7, minP: 0.2 }).ids).toEqual([0, 1]);
  });

  it('needs all logits where the last candidate is still likely', () => {
    const cut = { ...how, minP: 0.3 };
    expect(targetDistribution(candidatesOf(halves, 1, 2), cut)).toBeUndefined();
    expect(targetDistribution(candidatesOf(halves, 1, 3), cut)?.ids).toEqual([0, 1]);
    // More than the candidates may be kept by top-k, but min-p ends among them.
    expect(targetDistribution(candidatesOf(halves, 1, 3), { ...cut, topK: 4 })?.ids).toEqual([0, 1]);
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
