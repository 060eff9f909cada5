/**
 * Coupled sampling: draft and target draw each position's token from their own laws with the same random numbers, and
 * a drafted token is accepted when it is the target's (Daliri, Musco, Suresh, arXiv:2408.07978, which couples by the
 * Gumbel-max trick). What is emitted is the target's own draw, keyed by (seed, position): it does not depend on the
 * draft, on the policy, or on where blocks begin. Only how many tokens a round commits does.
 *
 * The draw is a race of exponential clocks, the same trick in other words: token i rings at E_i / p_i with E_i of rate 1,
 * and the first to ring wins, with probability p_i. A law known only at its most probable tokens runs the rest as one
 * clock with the tail's mass; when that wins, the tail draws among its own. So that the race depends on nothing but
 * the target's law, its candidates must be the target's own choice: a draft's candidates must not be moved out of the
 * tail.
 */
import type { KeyedRandom } from './random.js';
import type { SparseDistribution, TokenId } from './types.js';

/** Names the tail's clock; no token has this id. */
const TAIL_CLOCK = 0xffffffff;

/**
 * The winner's place in `ids`, or their number when the tail wins. Weights need not be normalised; a weight of 0 never
 * wins. At least one is positive.
 */
export function race(
  { ids, probabilities }: SparseDistribution,
  tailProbability: number,
  position: number,
  random: KeyedRandom,
): number {
  let winner = -1;
  let earliest = Infinity;
  const run = (place: number, weight: number, clock: TokenId): void => {
    if (!(weight > 0)) return;
    // 1 - u is in (0, 1].
    const time = -Math.log(1 - random.uniform(position, 'race', clock)) / weight;
    if (winner === -1 || time < earliest) {
      winner = place;
      earliest = time;
    }
  };
  ids.forEach((id, place) => run(place, probabilities[place] as number, id));
  run(ids.length, tailProbability, TAIL_CLOCK);
  return winner;
}
