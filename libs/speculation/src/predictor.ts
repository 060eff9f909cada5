import type { AcceptancePredictor, DraftedFigures, PredictorWeights } from './types.js';

/** Hidden units of one predictor at most: limits travel with every block. */
export const MOST_HIDDEN_UNITS = 64;

/**
 * The probability, in (0, 1), that the token at place `index` of a block is accepted, by the figures of its distribution
 * and, once it is sampled, its own probability.
 */
export function predictAcceptance(
  { bias, weights, hidden }: AcceptancePredictor,
  { entropy, topProbability, tokenProbability = topProbability }: DraftedFigures,
  index: number,
): number {
  const sqrtEntropy = Math.sqrt(entropy);
  // A distribution over more candidates than travel may round its best one to 0.
  const logTopProbability = Math.log(Math.max(topProbability, Number.MIN_VALUE));
  const logTokenProbability = Math.log(Math.max(tokenProbability, Number.MIN_VALUE));
  const sum = (w: PredictorWeights): number =>
    w.sqrtEntropy * sqrtEntropy +
    w.logTopProbability * logTopProbability +
    w.index * index +
    (w.logTokenProbability ?? 0) * logTokenProbability;
  let logit = bias + sum(weights);
  for (const unit of hidden) logit += unit.output * Math.max(0, unit.bias + sum(unit.weights));
  return 1 / (1 + Math.exp(-logit));
}
