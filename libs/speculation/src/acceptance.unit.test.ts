import fc from 'fast-check';
import { enumerateOutcomes, largestDifference } from '@outrider/testing';
import { describe, expect, it } from 'vitest';
import { accept, acceptanceProbability, residual } from './acceptance.js';
import type { Chooser } from './random.js';
import type { DraftedToken, SparseDistribution, TargetDistribution } from './types.js';

const VOCABULARY = 8;

/** Probabilities over the vocabulary, zeros among them. */
const denseLaw = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1000 })), { minLength: VOCABULARY, maxLength: VOCABULARY })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => {
    const total = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / total);
  });

function sparse(law: readonly number[]): SparseDistribution {
  const ids = law.map((_, id) => id).filter((id) => (law[id] as number) > 0);
  return { ids, probabilities: ids.map((id) => law[id] as number) };
}

/** The target's law with the draft's candidates and some others named, the rest as tail. */
function target(law: readonly number[], named: readonly number[]): TargetDistribution {
  const tail = law.reduce((total, p, id) => (named.includes(id) ? total : total + p), 0);
  return { ids: named, probabilities: named.map((id) => law[id] as number), tailProbability: tail };
}

function drafted(id: number, candidates: SparseDistribution): DraftedToken {
  return { id, candidates, entropy: 1, topProbability: Math.max(...candidates.probabilities) };
}

const setting = fc
  .record({ p: denseLaw, q: denseLaw, alsoNamed: fc.subarray([...Array(VOCABULARY).keys()]) })
  .map(({ p, q, alsoNamed }) => {
    const draftProbs = sparse(q);
    return { p, q, draftProbs, targetProbs: target(p, [...new Set([...draftProbs.ids, ...alsoNamed])]) };
  });

/** One token through draft and acceptance; outcomes are the emitted token and its source. */
function firstToken(q: SparseDistribution, p: TargetDistribution, law: readonly number[]) {
  return enumerateOutcomes(async (chooser) => {
    const id = q.ids[chooser.choose('draft', 0, 0, q.probabilities)] as number;
    const { emitted } = await accept([drafted(id, q)], [p, p], {
      firstPosition: 0,
      chooser,
      drawFromTail: async () => {
        const outside = law.map((probability, token) => (p.ids.includes(token) ? 0 : probability));
        // A tail that is only rounding has nobody in it: the target answers from its whole law.
        return chooser.choose('tail', 0, 0, outside.some((probability) => probability > 0) ? outside : law);
      },
      endTokenIds: new Set(),
    });
    return `${emitted[0]?.source} ${emitted[0]?.id}`;
  });
}

describe('acceptance of one drafted token', () => {
  it('emits the target law, for any p and q (arXiv:2211.17192, appendix A.1)', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ p, draftProbs, targetProbs }) => {
        const { law } = await firstToken(draftProbs, targetProbs, p);
        const emitted = new Map<string, number>();
        for (const [outcome, probability] of law) {
          const id = outcome.split(' ')[1] as string;
          emitted.set(id, (emitted.get(id) ?? 0) + probability);
        }
        const expected = new Map(p.map((probability, id) => [String(id), probability]));
        expect(largestDifference(emitted, expected)).toBeLessThan(1e-12);
      }),
      { numRuns: 500 },
    );
  });

  it('accepts with probability sum min(p, q) (arXiv:2211.17192, theorem 3.5)', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ p, q, draftProbs, targetProbs }) => {
        const { law } = await firstToken(draftProbs, targetProbs, p);
        let accepted = 0;
        for (const [outcome, probability] of law) if (outcome.startsWith('accepted')) accepted += probability;
        expect(accepted).toBeCloseTo(
          p.reduce((total, value, id) => total + Math.min(value, q[id] as number), 0),
          12,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('recovers from norm(max(0, p - q)): never a token the draft overrates, nor one the target excludes', () => {
    fc.assert(
      fc.property(setting, ({ p, q, targetProbs, draftProbs }) => {
        const weights = residual(draftProbs, targetProbs);
        fc.pre(p.some((value, id) => value - (q[id] as number) > 1e-12));
        targetProbs.ids.forEach((id, i) => {
          expect(weights[i]).toBeCloseTo(Math.max(0, (p[id] as number) - (q[id] as number)), 12);
        });
        expect(weights.at(-1)).toBeCloseTo(targetProbs.tailProbability, 12);
      }),
    );
  });

  it('does not care what the probabilities sum to', () => {
    fc.assert(
      fc.property(setting, fc.double({ min: 0.5, max: 1, noNaN: true }), ({ draftProbs, targetProbs }, scale) => {
        const id = draftProbs.ids[0] as number;
        const scaledDraft = { ...draftProbs, probabilities: draftProbs.probabilities.map((value) => value * scale) };
        expect(acceptanceProbability(drafted(id, scaledDraft), targetProbs)).toBeCloseTo(
          acceptanceProbability(drafted(id, draftProbs), targetProbs),
          12,
        );
      }),
    );
  });

  it('emits only possible tokens when p and q are rounded to float32, for any random numbers', async () => {
    const uniforms = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(setting, uniforms, fc.nat(), async ({ p, draftProbs, targetProbs }, numbers, pick) => {
        const rounded = {
          ...targetProbs,
          probabilities: targetProbs.probabilities.map(Math.fround),
          tailProbability: Math.fround(targetProbs.tailProbability),
        };
        const id = draftProbs.ids[pick % draftProbs.ids.length] as number;
        const q = { ...draftProbs, probabilities: draftProbs.probabilities.map(Math.fround) };
        const { emitted, accepted } = await accept([drafted(id, q)], [rounded, rounded], {
          firstPosition: 0,
          chooser: scripted(numbers),
          drawFromTail: async () => p.findIndex((value, token) => value > 0 && !targetProbs.ids.includes(token)),
          endTokenIds: new Set(),
        });
        expect(emitted.length).toBe(accepted + 1);
        // A tail of rounding alone has no token to give: -1 stands for the fallback of the target.
        for (const token of emitted) expect(token.id === -1 || (p[token.id] as number) > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Uses these numbers in turn, as an inverse-CDF draw does. */
function scripted(numbers: readonly number[]): Chooser {
  let next = 0;
  return {
    choose(_purpose, _position, _index, weights) {
      const values = Array.from(weights);
      const goal = (numbers[next++ % numbers.length] as number) * values.reduce((a, b) => a + b, 0);
      let cumulated = 0;
      return values.findIndex((weight) => (cumulated += weight) > goal);
    },
  };
}

describe('acceptance of a block', () => {
  const even: SparseDistribution = { ids: [0, 1], probabilities: [0.5, 0.5] };
  const p: TargetDistribution = { ids: [0, 1, 2], probabilities: [0.25, 0.25, 0.25], tailProbability: 0.25 };
  const oneHot = (id: number): TargetDistribution => ({ ids: [id], probabilities: [1], tailProbability: 0 });
  const context = (numbers: readonly number[], tailCalls: number[] = [], ends: readonly number[] = []) => ({
    firstPosition: 10,
    chooser: scripted(numbers),
    drawFromTail: async (index: number) => {
      tailCalls.push(index);
      return 77;
    },
    endTokenIds: new Set(ends),
  });

  it('emits the accepted prefix and one recovered token', async () => {
    const draft = [drafted(0, even), drafted(1, even), drafted(0, even)];
    const tailCalls: number[] = [];
    const result = await accept(draft, [p, p, p, p], context([0.1, 0.9, 0.2], tailCalls));
    expect(result).toEqual({
      accepted: 1,
      emitted: [
        { id: 0, source: 'accepted' },
        { id: 2, source: 'recovered' },
      ],
    });
    expect(tailCalls).toEqual([]);
  });

  it('asks for a tail token only when the draw lands there, at the place it does', async () => {
    const tailCalls: number[] = [];
    const draft = [drafted(0, even), drafted(1, even)];
    const recovered = await accept(draft, [p, p, p], context([0.1, 0.9, 0.9], tailCalls));
    expect(recovered.emitted.at(-1)).toEqual({ id: 77, source: 'recovered' });
    const bonus = await accept(draft, [p, p, p], context([0.1, 0.1, 0.9], tailCalls));
    expect(bonus.emitted.at(-1)).toEqual({ id: 77, source: 'bonus' });
    expect(tailCalls).toEqual([1, 2]);
  });

  it('draws from the target alone when nothing was drafted', async () => {
    expect(await accept([], [p], context([0.3]))).toEqual({ accepted: 0, emitted: [{ id: 1, source: 'bonus' }] });
  });

  it('is exact match at temperature 0, whatever the random numbers', async () => {
    const greedy = (id: number) => drafted(id, { ids: [id], probabilities: [1] });
    const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const block = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(block, uniform, async (pairs, number) => {
        const draft = pairs.map(([id]) => greedy(id));
        const scores = [...pairs.map(([, id]) => oneHot(id)), oneHot(2)];
        const { accepted, emitted } = await accept(draft, scores, context([number]));
        const mismatch = pairs.findIndex(([ours, theirs]) => ours !== theirs);
        const matching = mismatch < 0 ? pairs.length : mismatch;
        expect(accepted).toBe(matching);
        expect(emitted.map((token) => token.id)).toEqual(scores.slice(0, matching + 1).map((score) => score.ids[0]));
      }),
    );
  });

  it('ends at an accepted end token, without asking for a bonus token', async () => {
    const draft = [drafted(0, even), drafted(1, even), drafted(0, even)];
    expect(await accept(draft, [p, p, p, p], context([0.1], [], [1]))).toEqual({
      accepted: 2,
      emitted: [
        { id: 0, source: 'accepted' },
        { id: 1, source: 'accepted' },
      ],
    });
  });

  it('answers p where p and q differ by rounding only', () => {
    const q = { ids: [0, 1], probabilities: [0.5, 0.5] };
    const same = { ids: [0, 1], probabilities: [0.5, 0.5], tailProbability: 0 };
    expect(residual(q, same)).toEqual([0.5, 0.5, 0]);
  });
});
