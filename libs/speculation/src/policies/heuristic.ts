import { type DraftPolicy, LARGEST_DRAFT_LENGTH } from '../policy.js';
import { checkDraftLength, checkFractions } from './checks.js';
import { policyNameOf } from './name.js';

export interface HeuristicOptions {
  /** Draft length of the first round, in [1, LARGEST_DRAFT_LENGTH]; cut to maxDraftTokens. */
  readonly initialDraftTokens: number;
  /** The block ends with a token that was sampled with less probability, in [0, 1]; 0 for never. */
  readonly confidenceThreshold: number;
  /** The largest draft length, in [1, LARGEST_DRAFT_LENGTH]. */
  readonly maxDraftTokens: number;
}

/** transformers' num_assistant_tokens and assistant_confidence_threshold. It has no largest length. */
export const HEURISTIC_DEFAULTS: HeuristicOptions = {
  initialDraftTokens: 20,
  confidenceThreshold: 0.4,
  maxDraftTokens: LARGEST_DRAFT_LENGTH,
};

/** The next draft length: two more after a round whose tokens all matched, else one less, and at least one. */
export function nextHeuristicLength(length: number, drafted: number, accepted: number): number {
  return accepted === drafted ? length + 2 : Math.max(1, length - 1);
}

/**
 * The schedule of assisted generation in Hugging Face transformers (generation/candidate_generator.py, AssistedCandidate
 * Generator.update_candidate_strategy with num_assistant_tokens_schedule `heuristic`) together with its confidence
 * criterion, which ends a block with a token that was sampled with less than the threshold's probability.
 *
 * Three differences: a length has a largest value, past which it does not grow; each generation starts anew (the
 * schedule `heuristic_transient`); and the threshold stays, where newer releases move it along the ROC curve of the
 * tokens seen, if scikit-learn is there. Throws invalid_policy naming the option.
 */
export function heuristic(given: Partial<HeuristicOptions> = {}): DraftPolicy {
  const options = { ...HEURISTIC_DEFAULTS, ...given };
  const { confidenceThreshold, initialDraftTokens, maxDraftTokens } = options;
  checkFractions({ confidenceThreshold });
  checkDraftLength('initialDraftTokens', initialDraftTokens);
  checkDraftLength('maxDraftTokens', maxDraftTokens);
  let length = Math.min(initialDraftTokens, maxDraftTokens);
  return {
    name: policyNameOf('heuristic', options, HEURISTIC_DEFAULTS.maxDraftTokens),
    nextLimits: () => ({
      maxTokens: length,
      minTokens: 1,
      maxEntropy: Infinity,
      minTopProbability: 0,
      proposeStopped: false,
      minTokenProbability: confidenceThreshold,
    }),
    observe({ accepted, drafted }) {
      if (drafted > 0) length = Math.min(maxDraftTokens, nextHeuristicLength(length, drafted, accepted));
    },
  };
}
