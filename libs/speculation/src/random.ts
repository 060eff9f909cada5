import { drawIndex } from './draw.js';
import { SpeculationError } from './error.js';
import { philox4x32 } from './philox.js';

/**
 * What a random number is for. The numbers are part of what a seed means: changing one changes every seeded text.
 *
 * - `draft`: samples a drafted token. Its index is the token's offset in its block, because a position whose
 *   draft was thrown away is drafted again by a later round, and the policy may have learned from the first
 *   attempt: with the same number, the second draft would not be independent of what it is conditioned on. A
 *   block starts at another position each round, so (position, offset) never repeats.
 * - `accept`: decides on a drafted token.
 * - `residual`: draws the recovered token after a rejection.
 * - `bonus`: draws a token from the target's own distribution.
 * - `tail`: draws among the tokens outside a target distribution's candidates.
 * - `race`: a token's clock in coupled sampling, the same for draft and target, and the same again when a position is
 *   drafted by a later round. Its index is the token's id; 2^32 - 1 is the clock of the tail.
 *
 * `accept` to `tail` happen once per position of a generation (index 0): what they decide is committed.
 */
export type RandomPurpose = 'draft' | 'accept' | 'residual' | 'bonus' | 'tail' | 'race';

const PURPOSE_NUMBERS: Readonly<Record<RandomPurpose, number>> = {
  draft: 1,
  accept: 2,
  residual: 3,
  bonus: 4,
  tail: 5,
  race: 6,
};

/** Counter-based random numbers of one seed: no hidden state, the same arguments give the same number. */
export interface KeyedRandom {
  /**
   * A number in [0, 1) with 53 random bits.
   *
   * `position` is the place in the whole sequence (prompt included, from 0) of the token being decided;
   * `index` tells several numbers for one position and purpose apart. Both are integers in [0, 2^32).
   */
  uniform(position: number, purpose: RandomPurpose, index?: number): number;
}

/** Randomness port: the core asks for whole decisions, so that a test can walk through all of them. */
export interface Chooser {
  /** An index with probability proportional to its weight; weights are finite, >= 0, and not all 0. */
  choose(purpose: RandomPurpose, position: number, index: number, weights: ArrayLike<number>): number;
}

/** Random numbers keyed by a seed, an unsigned 64-bit integer. Make it once per generation: `uniform` does not allocate. */
export function keyedRandom(seed: bigint): KeyedRandom {
  if (seed < 0n || seed >= 1n << 64n) {
    throw new SpeculationError('invalid_argument', 'seed', `${seed} is not an unsigned 64-bit integer`);
  }
  const keyLow = Number(seed & 0xffffffffn);
  const keyHigh = Number(seed >> 32n);
  const block = new Uint32Array(4);
  return {
    uniform(position, purpose, index = 0) {
      block[0] = position;
      block[1] = index;
      block[2] = PURPOSE_NUMBERS[purpose];
      block[3] = 0;
      philox4x32(block, keyLow, keyHigh);
      const high27 = block[0] >>> 5;
      const low26 = block[1] >>> 6;
      return (high27 * 2 ** 26 + low26) / 2 ** 53;
    },
  };
}

/** Decisions drawn with {@link keyedRandom}. */
export function seededChooser(seed: bigint): Chooser {
  const random = keyedRandom(seed);
  return {
    choose: (purpose, position, index, weights) => drawIndex(weights, random.uniform(position, purpose, index)),
  };
}
