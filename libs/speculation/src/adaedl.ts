/**
 * AdaEDL: early draft stopping from the draft's own entropy.
 * Agrawal, Jeon, Lee, "AdaEDL: Early Draft Stopping for Speculative Decoding of Large Language Models via an
 * Entropy-based Lower Bound on Token Acceptance Probability", arXiv:2410.18351.
 *
 * A token's acceptance probability is `sum min(p, q) = 1 - TV(p, q)`. Pinsker's inequality bounds TV by
 * `sqrt(KL(q || p) / 2)`, and `KL / 2 = (CE(q, p) - H(q)) / 2` is taken to be about `gamma * H(q)`: a heuristic of
 * the draft alone. Drafting stops, before a token is sampled, where the bound falls below a threshold lambda that
 * follows the acceptance rate.
 */

/** The constants by which a threshold follows the acceptance rate, named as in the paper. */
export interface ThresholdParameters {
  /** Acceptance rate below which lambda rises, in [0, 1]. */
  readonly alpha: number;
  /** Step of lambda before smoothing, in [0, 1]. */
  readonly epsilon: number;
  /** Share of the old value in the averaged acceptance rate, in [0, 1]. */
  readonly beta1: number;
  /** Share of the old value in lambda, in [0, 1]. */
  readonly beta2: number;
}

/** The constants of AdaEDL. */
export interface AdaEdlParameters extends ThresholdParameters {
  /** Slope between entropy and half the divergence, > 0. */
  readonly gamma: number;
}

/** What AdaEDL remembers between rounds. */
export interface AdaEdlState {
  /** Threshold on the bound, in [0, 1]. */
  readonly lambda: number;
  /**
   * Averaged accepted/drafted; undefined before the first round that drafted. The paper does not give a first
   * value: here the average starts at the first observation, which assumes nothing about the pair of models.
   */
  readonly acceptanceRate: number | undefined;
}

/** The counts of a round that lambda follows. */
export interface RoundCounts {
  readonly drafted: number;
  readonly accepted: number;
  /** L: the most tokens the draft could propose in this round. */
  readonly maxTokens: number;
}

/** `1 - sqrt(gamma * H)`, the lower bound on a token's acceptance probability; H in nats. May be negative. */
export function acceptanceLowerBound(entropy: number, gamma: number): number {
  return 1 - Math.sqrt(gamma * entropy);
}

/**
 * The entropy in nats above which the bound is below lambda: `1 - sqrt(gamma * H) < lambda` is the same as
 * `H > (1 - lambda)^2 / gamma` for lambda <= 1. Both are strict: at the limit itself drafting goes on.
 */
export function entropyLimit(lambda: number, gamma: number): number {
  return (1 - lambda) ** 2 / gamma;
}

/**
 * The state after a round:
 *
 *     AR      <- beta1 * AR + (1 - beta1) * accepted / drafted
 *     lambda' =  lambda + epsilon  if AR < alpha;  else lambda - epsilon  if accepted != L;  else lambda
 *     lambda  <- beta2 * lambda + (1 - beta2) * lambda'
 *
 * so lambda moves by at most (1 - beta2) * epsilon. It is kept in [0, 1], where the bound on a probability means
 * something; the paper is silent on this, and without it a long run of bad rounds would have to be unwound. A
 * round that drafted nothing observes nothing.
 */
export function updateAdaEdl(state: AdaEdlState, outcome: RoundCounts, parameters: ThresholdParameters): AdaEdlState {
  if (outcome.drafted === 0) return state;
  const { alpha, epsilon, beta1, beta2 } = parameters;
  const observed = outcome.accepted / outcome.drafted;
  const acceptanceRate =
    state.acceptanceRate === undefined ? observed : beta1 * state.acceptanceRate + (1 - beta1) * observed;
  const step = acceptanceRate < alpha ? epsilon : outcome.accepted !== outcome.maxTokens ? -epsilon : 0;
  const lambda = beta2 * state.lambda + (1 - beta2) * (state.lambda + step);
  return { lambda: Math.min(1, Math.max(0, lambda)), acceptanceRate };
}
