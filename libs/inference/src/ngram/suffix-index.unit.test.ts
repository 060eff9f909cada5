import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_CONTEXT, countLog, createSuffixIndex } from './suffix-index.js';

/** What the index says, read off its text without one. */
function naive(tokens: readonly number[], contextLength: number): number[] {
  const places: number[] = [];
  if (tokens.length < contextLength) return places;
  const context = tokens.slice(-contextLength).join();
  for (let place = tokens.length - 1; place >= contextLength; place--) {
    if (tokens.slice(place - contextLength, place).join() === context) places.push(place);
  }
  return places;
}

type Step = { readonly append: readonly number[] } | { readonly truncate: number } | { readonly keep: number };

/** Few different tokens, so that long contexts come back; some as large as ids may be. */
const token = fc.oneof({ arbitrary: fc.nat(2), weight: 8 }, fc.constantFrom(2 ** 24 - 1, 2 ** 24 - 2));
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ append: fc.array(token, { minLength: 1, maxLength: 12 }) }), weight: 3 },
  fc.record({ truncate: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

describe('a suffix index', () => {
  it('finds every earlier occurrence of every context, the latest first, whatever was taken back', () => {
    let found = 0;
    let longest = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const index = createSuffixIndex();
        let tokens: number[] = [];
        for (const each of steps) {
          if ('append' in each) {
            tokens.push(...each.append);
            each.append.forEach(index.append);
          } else if ('truncate' in each) {
            tokens.length = Math.floor(each.truncate * tokens.length);
            index.truncate(tokens.length);
          } else {
            // A committed text that goes on as drafted, for a while, and then otherwise.
            const keepLength = Math.floor((each.keep * tokens.length) / 2);
            const following = [...tokens.slice(keepLength, keepLength + 3), 1, 0];
            tokens = [...tokens.slice(0, keepLength), ...following];
            index.follow(keepLength, following);
          }
          expect(index.tokens).toEqual(tokens);
          for (let length = 1; length <= LONGEST_CONTEXT; length++) {
            const places: number[] = [];
            index.visitFollowers(length, Infinity, (place) => places.push(place));
            expect(places).toEqual(naive(tokens, length));
            found += places.length;
            if (places.length > 0) longest = Math.max(longest, length);
          }
        }
        // Taken back, it says the same to the last bit as one that never knew more.
        expect(index.sumOfCountLogs()).toBe(createSuffixIndex(tokens).sumOfCountLogs());
      }),
      { numRuns: 300, seed: 20261124 },
    );
    expect(found).toBeGreaterThan(4000);
    expect(longest).toBe(LONGEST_CONTEXT);
  });

  it('visits no more places than asked for', () => {
    const index = createSuffixIndex([7, 1, 7, 2, 7, 3, 7]);
    const places: number[] = [];
    index.visitFollowers(1, 2, (place) => places.push(place));
    expect(places).toEqual([5, 3]);
  });

  it('counts tokens', () => {
    const index = createSuffixIndex([7, 1, 7, 2, 7]);
    expect([1, 2, 3, 7].map(index.countOf)).toEqual([1, 1, 0, 3]);
    expect(index.sumOfCountLogs()).toBeCloseTo(3 * Math.log(3), 12);
    index.truncate(1);
    expect([1, 2, 3, 7].map(index.countOf)).toEqual([0, 0, 0, 1]);
    expect(index.sumOfCountLogs()).toBe(countLog(1));
  });
});
