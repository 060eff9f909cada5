import { type AdaEdlParameters, entropyLimit } from '../adaedl.js';
import { SpeculationError } from '../error.js';
import type { DraftPolicy } from '../policy.js';
import { checkDraftLength } from './checks.js';
import { type MovingThresholdOptions, movingThreshold } from './moving-threshold.js';
import { policyNameOf } from './name.js';

export interface AdaEdlOptions extends AdaEdlParameters, MovingThresholdOptions {
  /**
   * What becomes of the token whose distribution says stop. The paper stops before it, which throws the pass away that
   * gave the distribution. Proposing it costs one more row of the target's pass, and it is right often enough to pay
   * for that.
   */
  readonly proposeStopped: boolean;
  /** L, the largest draft length, in [1, LARGEST_DRAFT_LENGTH]. */
  readonly maxDraftTokens: number;
}

/**
 * gamma, alpha, epsilon, beta1 and beta2 are the paper's. It swept lambda's start from 0.3 to 0.9, and L; here L is 8,
 * and lambda starts at 0.5 (drafting goes on up to 1.25 nats). Replayed over greedy texts of the default pair with
 * costs measured on two cores, 0.5 was the fastest of 0.2 to 0.8, whether the stopped token is proposed or not.
 */
export const ADAEDL_DEFAULTS: AdaEdlOptions = {
  gamma: 0.2,
  lambdaInitial: 0.5,
  maxDraftTokens: 8,
  proposeStopped: true,
  warmStart: false,
  alpha: 0.9,
  epsilon: 0.01,
  beta1: 0.5,
  beta2: 0.9,
};

/**
 * AdaEDL (arXiv:2410.18351). The paper does not say what happens when the rule stops before the first token; here that
 * token is drafted all the same, and alone. Throws invalid_policy naming the option; see movingThreshold for `state`.
 */
export function adaedl(given: Partial<AdaEdlOptions> = {}, state?: unknown): DraftPolicy {
  const options = { ...ADAEDL_DEFAULTS, ...given };
  const { gamma, maxDraftTokens, proposeStopped } = options;
  if (!(gamma > 0 && Number.isFinite(gamma))) {
    throw new SpeculationError('invalid_policy', 'gamma', `must be a number above 0, not ${gamma}`);
  }
  checkDraftLength('maxDraftTokens', maxDraftTokens);
  const threshold = movingThreshold(options, state);
  return {
    name: policyNameOf('adaedl', options, ADAEDL_DEFAULTS.maxDraftTokens),
    nextLimits: () => ({
      maxTokens: maxDraftTokens,
      minTokens: 1,
      maxEntropy: entropyLimit(threshold.lambda, gamma),
      minTopProbability: 0,
      proposeStopped,
    }),
    observe: threshold.observe,
    get lambda() {
      return threshold.lambda;
    },
    exportState: threshold.exportState,
  };
}
