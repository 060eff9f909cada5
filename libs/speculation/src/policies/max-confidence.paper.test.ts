/** Claims about max-confidence as AdaEDL, arXiv:2410.18351, compares itself with it. */
import { describe, expect, it } from 'vitest';
import { updateAdaEdl } from '../adaedl.js';
import { blockRule } from '../stopping.js';
import { ADAEDL_DEFAULTS } from './adaedl.js';
import { MAX_CONFIDENCE_DEFAULTS, maxConfidence } from './max-confidence.js';

const observed = (drafted: number, accepted: number) =>
  ({ drafted, accepted, maxTokens: 8, stopReason: 'top_probability', figures: [] }) as const;

describe('the stopping rule', () => {
  it('holds the top probability against lambda, strictly, and nothing else', () => {
    const limits = maxConfidence({ lambdaInitial: 0.5, proposeStopped: false }).nextLimits();
    expect(limits).toEqual({
      maxTokens: 8,
      minTokens: 1,
      maxEntropy: Infinity,
      minTopProbability: 0.5,
      proposeStopped: false,
    });
    const rule = blockRule({ ...limits, minTokens: 0 });
    expect(rule.at({ entropy: 9, topProbability: 0.5 })).toBeUndefined();
    expect(rule.at({ entropy: 0, topProbability: 0.499 })).toEqual({ reason: 'top_probability', proposes: false });
  });

  it('draws the first token all the same, and proposes the one that says stop unless it is to be discarded', () => {
    const unsure = { entropy: 9, topProbability: 0.1 };
    expect(blockRule(maxConfidence().nextLimits()).at(unsure)).toEqual({ reason: 'top_probability', proposes: true });
    const discarding = blockRule(maxConfidence({ proposeStopped: false }).nextLimits());
    expect(discarding.at(unsure)).toEqual({ reason: 'top_probability', proposes: true });
  });
});

describe('lambda', () => {
  it('moves as AdaEDL’s does, with its constants', () => {
    const { alpha, beta1, beta2, epsilon } = MAX_CONFIDENCE_DEFAULTS;
    expect({ alpha, beta1, beta2, epsilon }).toEqual({ alpha: 0.9, beta1: 0.5, beta2: 0.9, epsilon: 0.01 });
    const policy = maxConfidence();
    let state = { lambda: MAX_CONFIDENCE_DEFAULTS.lambdaInitial, acceptanceRate: undefined as number | undefined };
    for (const [drafted, accepted] of [
      [4, 0],
      [3, 3],
      [8, 8],
      [5, 4],
      [0, 0],
    ] as const) {
      policy.observe(observed(drafted, accepted));
      state = updateAdaEdl(state, { drafted, accepted, maxTokens: 8 }, ADAEDL_DEFAULTS);
      expect(policy.lambda).toBe(state.lambda);
      expect(policy.nextLimits().minTopProbability).toBe(state.lambda);
    }
  });
});
