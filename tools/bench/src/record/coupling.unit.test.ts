import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coupling } from './coupling.js';

const laws = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 5, maxLength: 5 }),
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 5, maxLength: 5 }),
  )
  .filter(([p, q]) => p.some((weight) => weight > 0) && q.some((weight) => weight > 0))
  .map((both) =>
    both.map((weights) => weights.map((weight) => weight / weights.reduce((a, b) => a + b))),
  ) as fc.Arbitrary<[number[], number[]]>;

describe('acceptance seen from the emitted token', () => {
  it('gives back the joint law of drafted and emitted tokens of rejection acceptance', () => {
    fc.assert(
      fc.property(laws, ([p, q]) => {
        const ids = [0, 1, 2, 3, 4];
        const target = { ids, probabilities: p, tailProbability: 0 };
        const seen = ids.map((x) => coupling({ ids, probabilities: q }, target, x));
        const expected = ids.reduce((sum, t) => sum + Math.min(p[t] as number, q[t] as number), 0);
        for (const w of ids) {
          // Summed over what is emitted, the drafted token follows the draft's law.
          const marginal = ids.reduce((sum, x) => {
            const { acceptance, rejectedWeights } = seen[x] as (typeof seen)[number];
            const total = rejectedWeights.reduce((a, b) => a + b);
            const otherwise = total === 0 ? 0 : (1 - acceptance) * ((rejectedWeights[w] as number) / total);
            return sum + (p[x] as number) * ((x === w ? acceptance : 0) + otherwise);
          }, 0);
          expect(marginal).toBeCloseTo(q[w] as number, 6);
        }
        for (const { expectedAcceptance } of seen) expect(expectedAcceptance).toBeCloseTo(expected, 9);
        const overall = ids.reduce((sum, x) => sum + (p[x] as number) * (seen[x]?.acceptance ?? 0), 0);
        expect(overall).toBeCloseTo(expected, 6);
      }),
    );
  });

  it('is 0 where the draft cannot propose the token, and 1 where it is not the likelier', () => {
    const draft = { ids: [3, 5], probabilities: [0.75, 0.25] };
    const target = { ids: [3, 5], probabilities: [0.25, 0.5], tailProbability: 0.25 };
    expect(coupling(draft, target, 9).acceptance).toBe(0);
    expect(coupling(draft, target, 3)).toMatchObject({ acceptance: 1, expectedAcceptance: 0.5 });
    expect(coupling(draft, target, 5)).toMatchObject({ acceptance: 0.5, rejectedWeights: [0.5, 0] });
  });
});
