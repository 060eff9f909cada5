import type { DraftPolicy } from '../policy.js';
import { checkDraftLength, checkFractions } from './checks.js';
import { type LearnedWeights, foldRecentAcceptance, updateRecentAcceptance } from './learned-weights.js';
import { policyNameOf } from './name.js';

export interface LearnedOptions {
  /** The block ends where the estimated chance that one of its tokens is rejected is above it, in [0, 1]. */
  readonly stopThreshold: number;
  /** The largest draft length, in [1, LARGEST_DRAFT_LENGTH]. */
  readonly maxDraftTokens: number;
}

/**
 * The largest length is SpecDec++'s. It chooses the threshold for each pair of models (0.7 in specdec_pp/sample.py, 0.3 in
 * its README's evaluation): replayed over the default pair's training texts, 0.5 lost least against the best of 0.3 to 0.8
 * for each temperature, on two cores and under the A100 profile.
 */
export const LEARNED_DEFAULTS: LearnedOptions = { stopThreshold: 0.5, maxDraftTokens: 20 };

/**
 * The trained rival, by the rule of SpecDec++ (Huang, Guo, Wang, arXiv:2405.19715; github.com/Kaffaljidhmah2/SpecDec_pp):
 * the block ends with the token that takes `1 - product of estimated acceptance probabilities` above a threshold, its
 * pass being paid for. A first token is always drafted.
 *
 * SpecDec++ estimates from the draft's last hidden state, with a trained head. Here a small predictor estimates from what
 * a policy may see: entropy, top probability, place, and how the last tokens fared (as DISCO's classifier does,
 * arXiv:2405.04304). That head knows a token once the next one is drafted, hence the authors' least length of 2; this
 * estimate is there before a token is sampled, and needs none.
 *
 * Throws invalid_policy naming the option.
 */
export function learned(weights: LearnedWeights, given: Partial<LearnedOptions> = {}): DraftPolicy {
  const options = { ...LEARNED_DEFAULTS, ...given };
  const { maxDraftTokens, stopThreshold } = options;
  checkFractions({ stopThreshold });
  checkDraftLength('maxDraftTokens', maxDraftTokens);
  const { neural, ngram = neural, recentAcceptance } = weights;
  let average = recentAcceptance.initial;
  return {
    name: policyNameOf('learned', options, LEARNED_DEFAULTS.maxDraftTokens),
    nextLimits: () => ({
      maxTokens: maxDraftTokens,
      minTokens: 1,
      maxEntropy: Infinity,
      minTopProbability: 0,
      proposeStopped: true,
      survival: {
        predictors: { neural: foldRecentAcceptance(neural, average), ngram: foldRecentAcceptance(ngram, average) },
        beforePass: [],
        toPropose: [1 - stopThreshold],
      },
    }),
    observe(outcome) {
      average = updateRecentAcceptance(average, outcome, recentAcceptance.keep);
    },
  };
}
