import type { RoundCounts, ThresholdParameters } from '../adaedl.js';
import type { DraftPolicy } from '../policy.js';
import { checkDraftLength, checkFractions } from './checks.js';
import { policyNameOf } from './name.js';

export interface DraftAndVerifyOptions extends ThresholdParameters {
  /** The threshold before the first round, in [0, 1]. */
  readonly thresholdInitial: number;
  /** The largest draft length, in [1, LARGEST_DRAFT_LENGTH]. */
  readonly maxDraftTokens: number;
}

/** The authors' values (decoding.py: auto_parameters and max_step_draft), but for the threshold's start. */
export const DRAFT_AND_VERIFY_DEFAULTS: Omit<DraftAndVerifyOptions, 'thresholdInitial'> = {
  maxDraftTokens: 8,
  alpha: 0.9,
  epsilon: 0.01,
  beta1: 0.5,
  beta2: 0.9,
};

/** The authors' start of the threshold (th_stop_draft): of exact_self_speculative_generate at temperature 0, ... */
export const GREEDY_THRESHOLD = 0.8;
/** ... and of self_speculative_sample above it. */
export const SAMPLING_THRESHOLD = 0.5;

/** What the threshold follows. */
export interface DraftAndVerifyState {
  readonly threshold: number;
  /** The averaged share of drafted tokens that matched; the authors start it at 0. */
  readonly matchness: number;
}

/**
 * The state after a round, as the authors' code has it: AdaEDL's update descends from it, and differs in two places.
 * Here the average starts at 0, and at a good rate the threshold stays where all L tokens were drafted, there where all
 * L were accepted. It is kept in [0, 1], which the authors leave to chance.
 */
export function updateDraftAndVerify(
  { matchness, threshold }: DraftAndVerifyState,
  { accepted, drafted }: Omit<RoundCounts, 'maxTokens'>,
  { alpha, beta1, beta2, epsilon, maxDraftTokens }: Omit<DraftAndVerifyOptions, 'thresholdInitial'>,
): DraftAndVerifyState {
  if (drafted === 0) return { threshold, matchness };
  const averaged = beta1 * matchness + (1 - beta1) * (accepted / drafted);
  const step = averaged < alpha ? epsilon : drafted === maxDraftTokens ? 0 : -epsilon;
  const moved = beta2 * threshold + (1 - beta2) * (threshold + step);
  return { threshold: Math.min(1, Math.max(0, moved)), matchness: averaged };
}

/**
 * Draft & Verify (Zhang et al., arXiv:2309.08168; github.com/dilab-zju/self-speculative-decoding): the block ends with
 * a token that was sampled with less probability than a threshold that follows the share of matches. The token itself
 * stays: dropping it because it looks unlikely would bias the output. The authors' probability is that of the raw
 * logits; here it is that of the distribution sampled from, and at temperature 0 of the untempered one, which is theirs.
 *
 * `temperature` decides where the threshold starts, unless the options say. Throws invalid_policy naming the option.
 */
export function draftAndVerify(given: Partial<DraftAndVerifyOptions> = {}, temperature?: number): DraftPolicy {
  const thresholdInitial = temperature === 0 ? GREEDY_THRESHOLD : SAMPLING_THRESHOLD;
  const options = { ...DRAFT_AND_VERIFY_DEFAULTS, thresholdInitial, ...given };
  const { alpha, beta1, beta2, epsilon, maxDraftTokens } = options;
  checkFractions({ thresholdInitial: options.thresholdInitial, alpha, epsilon, beta1, beta2 });
  checkDraftLength('maxDraftTokens', maxDraftTokens);
  let state: DraftAndVerifyState = { threshold: options.thresholdInitial, matchness: 0 };
  return {
    name: policyNameOf('draft-and-verify', options, DRAFT_AND_VERIFY_DEFAULTS.maxDraftTokens),
    nextLimits: () => ({
      maxTokens: maxDraftTokens,
      minTokens: 1,
      maxEntropy: Infinity,
      minTopProbability: 0,
      proposeStopped: false,
      minTokenProbability: state.threshold,
    }),
    observe(outcome) {
      state = updateDraftAndVerify(state, outcome, options);
    },
    get lambda() {
      return state.threshold;
    },
  };
}
