import type { LearnedWeights } from './learned-weights.js';

/** Plausible weights, with one hidden unit. */
export const sampleLearnedWeights: LearnedWeights = {
  recentAcceptance: { initial: 0.5, keep: 0.8 },
  neural: {
    bias: 1.5,
    weights: { sqrtEntropy: -1.2, logTopProbability: 0.4, index: -0.05, recentAcceptance: 1 },
    hidden: [
      {
        output: -0.5,
        bias: -1,
        weights: { sqrtEntropy: 1, logTopProbability: 0, index: 0, recentAcceptance: -0.5 },
      },
    ],
  },
};
