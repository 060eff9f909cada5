import { entropy } from '@outrider/speculation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { predict } from './prediction.js';
import { LONGEST_CONTEXT, createSuffixIndex } from './suffix-index.js';

const MOST_OCCURRENCES = 64;

/** P_k of every token of the text by the formula, one length of context after another. */
function naive(tokens: readonly number[]): { law: Map<number, number>; matchLength: number } {
  const different = [...new Set(tokens)];
  const law = new Map(different.map((id) => [id, tokens.filter((token) => token === id).length / tokens.length]));
  let matchLength = 0;
  for (let length = 1; length <= LONGEST_CONTEXT && length < tokens.length; length++) {
    const context = tokens.slice(-length).join();
    const followers = tokens.filter(
      (_, place) => place >= length && tokens.slice(place - length, place).join() === context,
    );
    const counted = followers.slice(-MOST_OCCURRENCES);
    if (counted.length === 0) break;
    matchLength = length;
    const e = 2 * new Set(counted).size;
    for (const id of different) {
      const c = counted.filter((follower) => follower === id).length;
      law.set(id, (c + e * (law.get(id) as number)) / (counted.length + e));
    }
  }
  return { law, matchLength };
}

/** A text of words that come back. */
const text = fc
  .tuple(
    fc.array(fc.array(fc.nat(5), { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }),
  )
  .map(([words, picks]) => picks.flatMap((pick) => words[pick % words.length] as number[]));

describe('a prediction', () => {
  it('is the interpolation of all orders, with the entropy of the whole distribution', () => {
    let longest = 0;
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 6 }), (tokens, maxCandidates) => {
        const prediction = predict(createSuffixIndex(tokens), maxCandidates);
        const { law, matchLength } = naive(tokens);
        expect(prediction?.matchLength ?? 0).toBe(matchLength);
        if (prediction === undefined) return;
        longest = Math.max(longest, matchLength);
        const { ids, probabilities, rest } = prediction;
        expect(ids.length).toBeLessThanOrEqual(maxCandidates);
        ids.forEach((id, i) => expect(probabilities[i]).toBeCloseTo(law.get(id) as number, 12));
        expect([...probabilities].sort((a, b) => b - a)).toEqual(probabilities);
        const named = probabilities.reduce((sum, p) => sum + p, 0);
        expect(named + rest.probability).toBeCloseTo(1, 12);
        const part = probabilities.reduce((sum, p) => sum - p * Math.log(p), rest.entropyPart);
        expect(part).toBeCloseTo(entropy([...law.values()]), 10);
        const followed = tokens.filter((_, place) => place > 0 && tokens[place - 1] === tokens.at(-1));
        const best = Math.max(...followed.slice(-MOST_OCCURRENCES).map((id) => law.get(id) as number));
        expect(probabilities[0]).toBeCloseTo(best, 12);
      }),
      { numRuns: 400, seed: 20261124 },
    );
    expect(longest).toBe(LONGEST_CONTEXT);
  });

  it('is surer the longer the context that matches, and never certain', () => {
    const words = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
    const best = words.slice(0, -1).map((_, i) => {
      const matched = words.slice(Math.max(0, i - 7), i + 1);
      return predict(createSuffixIndex([...words, 1, ...matched]), 64)?.probabilities[0] as number;
    });
    expect(best[0]).toBeGreaterThan(1 / 3);
    for (let i = 1; i < LONGEST_CONTEXT; i++) expect(best[i]).toBeGreaterThan(best[i - 1] as number);
    expect(best.at(-1)).toBeGreaterThan(0.96);
    expect(best.at(-1)).toBeLessThan(1);
  });

  it('prefers, of equals, what followed last', () => {
    expect(predict(createSuffixIndex([1, 2, 5, 1, 3, 5, 1]), 64)?.ids.slice(0, 2)).toEqual([3, 2]);
    expect(predict(createSuffixIndex([1, 3, 5, 1, 2, 5, 1]), 64)?.ids.slice(0, 2)).toEqual([2, 3]);
  });

  it('is none where the last token is new', () => {
    expect(predict(createSuffixIndex([1, 2, 3]), 64)).toBeUndefined();
    expect(predict(createSuffixIndex([]), 64)).toBeUndefined();
  });

  it('looks at the latest occurrences of a frequent context', () => {
    const old = Array.from({ length: 100 }, () => [1, 2]).flat();
    const recent = Array.from({ length: MOST_OCCURRENCES }, () => [1, 3]).flat();
    const { law } = naive([...old, ...recent, 1]);
    const prediction = predict(createSuffixIndex([...old, ...recent, 1]), 64);
    expect(prediction?.ids[0]).toBe(3);
    expect(prediction?.probabilities[0]).toBeCloseTo(law.get(3) as number, 12);
  });
});
