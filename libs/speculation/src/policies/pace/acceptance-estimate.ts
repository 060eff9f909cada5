import { predictAcceptance } from '../../predictor.js';
import type { AcceptancePredictor, DraftedFigures } from '../../types.js';

/**
 * A running logistic estimate of a token's acceptance probability from its distribution's figures, or, with a fourth
 * weight, from these and the probability it was sampled with. The weights of 1, sqrt(H), ln(top probability) and
 * ln(token's probability) are a Gaussian, moved token by token by the extended Kalman filter's step for a
 * Bernoulli observation (Fahrmeir, "Posterior mode estimation by extended Kalman filtering for multivariate dynamic
 * generalized linear models", JASA 87, 1992): that takes tens of tokens, not thousands, and follows a text that drifts.
 *
 * It stays monotone: never less sure for less entropy or for a more probable candidate.
 */
export interface AcceptanceEstimate {
  /** [bias, sqrt(H), ln(top probability)] or [bias, sqrt(H), ln(top probability), ln(token's probability)]. */
  readonly mean: readonly number[];
  /** Square, symmetric, row by row. */
  readonly covariance: readonly (readonly number[])[];
}

/** Variance that the weights gain with each token: how fast old texts are forgotten. */
const drift = [1e-3, 1e-4, 1e-4, 1e-4];
/** No single token moves the estimate as if the opposite had been certain. */
const leastVariance = 0.02;
const leastWeights = [-20, -20, 0, 0];
const largestWeights = [20, 0, 20, 20];

/** An estimate before its first token: independent weights. */
export function startingEstimate(mean: readonly number[], variances: readonly number[]): AcceptanceEstimate {
  return { mean, covariance: variances.map((variance, i) => variances.map((_, j) => (i === j ? variance : 0))) };
}

/** The estimate after a token with these figures was accepted, or was not. */
export function observeToken(
  estimate: AcceptanceEstimate,
  figures: DraftedFigures,
  accepted: boolean,
): AcceptanceEstimate {
  const { entropy, topProbability, tokenProbability = topProbability } = figures;
  const logOf = (probability: number): number => Math.log(Math.max(probability, Number.MIN_VALUE));
  const inputs = [1, Math.sqrt(entropy), logOf(topProbability), logOf(tokenProbability)].slice(0, estimate.mean.length);
  const covariance = estimate.covariance.map((row, i) => row.map((v, j) => (i === j ? v + (drift[i] ?? 0) : v)));
  const probability = predictAcceptance(asPredictor(estimate), figures, 0);
  const variance = Math.max(leastVariance, probability * (1 - probability));
  const spread = covariance.map((row) => dot(row, inputs));
  const scale = 1 / (dot(spread, inputs) + 1 / variance);
  const step = (scale * (Number(accepted) - probability)) / variance;
  return {
    mean: estimate.mean.map((weight, i) => {
      const moved = weight + (spread[i] ?? 0) * step;
      return Math.min(largestWeights[i] ?? 0, Math.max(leastWeights[i] ?? 0, moved));
    }),
    covariance: covariance.map((row, i) => row.map((v, j) => v - scale * (spread[i] ?? 0) * (spread[j] ?? 0))),
  };
}

export function asPredictor({ mean }: AcceptanceEstimate): AcceptancePredictor {
  const [bias = 0, sqrtEntropy = 0, logTopProbability = 0, logTokenProbability = 0] = mean;
  return { bias, weights: { sqrtEntropy, logTopProbability, index: 0, logTokenProbability }, hidden: [] };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
