import type { AcceptancePredictor, DraftFigures, PredictorWeights } from './types.js';

/** The probability, in (0, 1), that the token at place `index` of a block is accepted, by its distribution's figures. */
export function predictAcceptance(
  { bias, weights, hidden }: AcceptancePredictor,
  { entropy, topProbability }: DraftFigures,
  index: number,
): number {
  const sqrtEntropy = Math.sqrt(entropy);
  // A distribution over more candidates than travel may round its best one to 0.
  const logTopProbability = Math.log(Math.max(topProbability, Number.MIN_VALUE));
  const sum = (w: PredictorWeights): number =>
    w.sqrtEntropy * sqrtEntropy + w.logTopProbability * logTopProbability + w.index * index;
  let logit = bias + sum(weights);
  for (const unit of hidden) logit += unit.output * Math.max(0, unit.bias + sum(unit.weights));
  return 1 / (1 + Math.exp(-logit));
}
