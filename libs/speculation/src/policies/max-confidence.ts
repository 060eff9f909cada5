import type { DraftPolicy } from '../policy.js';
import { ADAEDL_DEFAULTS } from './adaedl.js';
import { checkDraftLength } from './checks.js';
import { type MovingThresholdOptions, movingThreshold } from './moving-threshold.js';
import { policyNameOf } from './name.js';

export interface MaxConfidenceOptions extends MovingThresholdOptions {
  /** As of AdaEDL: whether the token whose distribution says stop is proposed, its pass being paid for. */
  readonly proposeStopped: boolean;
  /** L, the largest draft length, in [1, LARGEST_DRAFT_LENGTH]. */
  readonly maxDraftTokens: number;
}

/**
 * AdaEDL's own, but for the start of lambda, which is held against something else: found as AdaEDL's was, it is 0.6, the
 * best of 0.2 to 0.8 within a percent on two cores and under the A100 profile.
 */
export const MAX_CONFIDENCE_DEFAULTS: MaxConfidenceOptions = {
  lambdaInitial: 0.6,
  maxDraftTokens: ADAEDL_DEFAULTS.maxDraftTokens,
  proposeStopped: ADAEDL_DEFAULTS.proposeStopped,
  warmStart: ADAEDL_DEFAULTS.warmStart,
  alpha: ADAEDL_DEFAULTS.alpha,
  epsilon: ADAEDL_DEFAULTS.epsilon,
  beta1: ADAEDL_DEFAULTS.beta1,
  beta2: ADAEDL_DEFAULTS.beta2,
};

/**
 * Stops where the draft's best candidate is less probable than lambda, which follows the acceptance rate by AdaEDL's
 * update: the training-free rival in AdaEDL's comparison (arXiv:2410.18351). With a fixed threshold of 0.6 it is
 * Kangaroo's early exit (arXiv:2404.18911). A first token is always drafted. Throws invalid_policy naming the option;
 * see movingThreshold for `state`.
 */
export function maxConfidence(given: Partial<MaxConfidenceOptions> = {}, state?: unknown): DraftPolicy {
  const options = { ...MAX_CONFIDENCE_DEFAULTS, ...given };
  const { maxDraftTokens, proposeStopped } = options;
  checkDraftLength('maxDraftTokens', maxDraftTokens);
  const threshold = movingThreshold(options, state);
  return {
    name: policyNameOf('max-confidence', options, MAX_CONFIDENCE_DEFAULTS.maxDraftTokens),
    nextLimits: () => ({
      maxTokens: maxDraftTokens,
      minTokens: 1,
      maxEntropy: Infinity,
      minTopProbability: threshold.lambda,
      proposeStopped,
    }),
    observe: threshold.observe,
    get lambda() {
      return threshold.lambda;
    },
    exportState: threshold.exportState,
  };
}
