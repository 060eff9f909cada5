import { SpeculationError } from './error.js';
import type { SparseDistribution, TokenId } from './types.js';

/**
 * Inverse-CDF draw: the first index whose cumulated weight exceeds `uniform * total`.
 *
 * Weights are finite, >= 0 and need not sum to 1. A weight of 0 is never drawn and rounding never runs off the
 * end. Throws invalid_argument when no weight is positive.
 */
export function drawIndex(weights: ArrayLike<number>, uniform: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] as number;
  const goal = uniform * total;
  let cumulated = 0;
  let lastPositive = -1;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (!(weight > 0)) continue;
    cumulated += weight;
    if (cumulated > goal) return i;
    lastPositive = i;
  }
  if (lastPositive < 0) throw new SpeculationError('invalid_argument', 'weights', 'none is positive');
  return lastPositive;
}

/** Draws a token of the distribution with a number in [0, 1). */
export function drawToken(distribution: SparseDistribution, uniform: number): TokenId {
  return distribution.ids[drawIndex(distribution.probabilities, uniform)] as TokenId;
}

/**
 * Draws a token of the distribution that is not excluded: the tail of a truncated law (top-k or top-p) whose
 * candidates were sent.
 *
 * When everything is excluded, the tail was a remnant of rounding, and the draw is from the whole distribution.
 */
export function drawTokenOutside(
  distribution: SparseDistribution,
  excluded: ReadonlySet<TokenId>,
  uniform: number,
): TokenId {
  const { ids, probabilities } = distribution;
  const outside = probabilities.map((probability, i) => (excluded.has(ids[i] as TokenId) ? 0 : probability));
  const weights = outside.some((weight) => weight > 0) ? outside : probabilities;
  return ids[drawIndex(weights, uniform)] as TokenId;
}

/**
 * Draws a token of `softmax(logits / temperature)` that is not excluded: the tail of an untruncated law.
 *
 * `logits` are raw, [vocabulary], at least one of them not excluded; `temperature` > 0 (at 0 there is no tail).
 */
export function drawFromTailOfLogits(
  logits: Float32Array,
  temperature: number,
  excluded: ReadonlySet<TokenId>,
  uniform: number,
): TokenId {
  let largest = -Infinity;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (logit > largest && !excluded.has(id)) largest = logit;
  }
  const weights = new Float64Array(logits.length);
  for (let id = 0; id < logits.length; id++) {
    if (!excluded.has(id)) weights[id] = Math.exp(((logits[id] as number) - largest) / temperature);
  }
  return drawIndex(weights, uniform);
}
