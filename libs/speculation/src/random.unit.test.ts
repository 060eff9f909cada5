import { chiSquareTest, countKeys } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32 } from './philox.js';
import { type RandomPurpose, keyedRandom, seededChooser } from './random.js';

const PURPOSES: readonly RandomPurpose[] = ['draft', 'accept', 'residual', 'bonus', 'tail', 'race'];

describe('philox4x32', () => {
  // The vectors of the Random123 distribution (kat_vectors, philox4x32 10).
  it.each([
    {
      counter: [0, 0, 0, 0],
      key: { low: 0, high: 0 },
      output: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: { low: 0xffffffff, high: 0xffffffff },
      output: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: { low: 0xa4093822, high: 0x299f31d0 },
      output: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ])('gives the known answer for $counter', ({ counter, key, output }) => {
    const block = Uint32Array.from(counter);
    philox4x32(block, key.low, key.high);
    expect([...block]).toEqual(output);
  });

  it('agrees with the definition in big integers', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), word, word, (counter, keyLow, keyHigh) => {
        const mask = 0xffffffffn;
        let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
        let [k0, k1] = [BigInt(keyLow), BigInt(keyHigh)];
        for (let round = 0; round < 10; round++) {
          const p0 = 0xd2511f53n * c0;
          const p1 = 0xcd9e8d57n * c2;
          [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
          k0 = (k0 + 0x9e3779b9n) & mask;
          k1 = (k1 + 0xbb67ae85n) & mask;
        }
        const block = Uint32Array.from(counter);
        philox4x32(block, keyLow, keyHigh);
        expect([...block]).toEqual([c0, c1, c2, c3].map(Number));
      }),
    );
  });
});

describe('keyedRandom', () => {
  it('is a function of seed, position, purpose and index alone', () => {
    const random = keyedRandom(42n);
    const before = random.uniform(7, 'accept', 3);
    for (let position = 0; position < 10; position++) random.uniform(position, 'draft');
    expect(random.uniform(7, 'accept', 3)).toBe(before);
    expect(keyedRandom(42n).uniform(7, 'accept', 3)).toBe(before);
  });

  it('keeps its numbers from release to release', () => {
    const random = keyedRandom(0x0123456789abcdefn);
    expect(PURPOSES.map((purpose) => random.uniform(100, purpose, 2))).toEqual([
      0.10955642292639212, 0.8026492368688557, 0.6637380418065579, 0.9262319819147786, 0.7838264451549228,
      0.5480799751053194,
    ]);
  });

  it('gives another number when any part of the name changes', () => {
    const seen = new Set<number>();
    for (const seed of [0n, 1n, 1n << 32n, (1n << 64n) - 1n]) {
      const random = keyedRandom(seed);
      for (const position of [0, 1, 2 ** 32 - 1]) {
        for (const purpose of PURPOSES) {
          for (const index of [0, 1]) seen.add(random.uniform(position, purpose, index));
        }
      }
    }
    expect(seen.size).toBe(4 * 3 * PURPOSES.length * 2);
    for (const value of seen) expect(value >= 0 && value < 1).toBe(true);
  });

  it('fills 53 bits', () => {
    const random = keyedRandom(9n);
    const low = new Set<number>();
    for (let position = 0; position < 200; position++) {
      const scaled = random.uniform(position, 'bonus') * 2 ** 53;
      expect(Number.isInteger(scaled)).toBe(true);
      low.add(scaled % 8);
    }
    expect(low.size).toBe(8);
  });

  it('is uniform (chi-square over 64 cells, alpha 1e-4)', () => {
    const random = keyedRandom(2024n);
    const cells = Array.from({ length: 64_000 }, (_, i) => String(Math.floor(random.uniform(i, 'draft') * 64)));
    const expected = new Map(Array.from({ length: 64 }, (_, i) => [String(i), 1 / 64]));
    expect(chiSquareTest(countKeys(cells), expected).pValue).toBeGreaterThan(1e-4);
  });

  it('refuses a seed that is no unsigned 64-bit integer', () => {
    expect(() => keyedRandom(-1n)).toThrow(/seed/);
    expect(() => keyedRandom(1n << 64n)).toThrow(/seed/);
  });
});

describe('seededChooser', () => {
  it('draws by weight from the number of that name', () => {
    const uniform = keyedRandom(5n).uniform(3, 'residual', 1);
    const chooser = seededChooser(5n);
    expect(chooser.choose('residual', 3, 1, [uniform + 1e-9, 1 - uniform - 1e-9])).toBe(0);
    expect(chooser.choose('residual', 3, 1, [uniform - 1e-9, 1 - uniform + 1e-9])).toBe(1);
  });
});
