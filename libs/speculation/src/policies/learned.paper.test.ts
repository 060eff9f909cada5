/** Claims about SpecDec++, arXiv:2405.19715, by the authors' code (Kaffaljidhmah2/SpecDec_pp, specdec_pp). */
import { describe, expect, it } from 'vitest';
import { predictAcceptance } from '../predictor.js';
import { blockRule } from '../stopping.js';
import { LEARNED_DEFAULTS, learned } from './learned.js';
import { sampleLearnedWeights } from './learned.fixture.js';

const sure = { entropy: 0.1, topProbability: 0.98 };
const unsure = { entropy: 3, topProbability: 0.2 };
const sampled = (figures: typeof sure) => ({ ...figures, id: 0, candidates: { ids: [0], probabilities: [1] } });

describe('the stopping rule (my_generate with schedule ada)', () => {
  it('has at most 20 tokens, and a threshold of choice: 0.7 is a survival of 0.3', () => {
    expect(LEARNED_DEFAULTS.maxDraftTokens).toBe(20);
    const { survival } = learned(sampleLearnedWeights, { stopThreshold: 0.7 }).nextLimits();
    expect(survival?.toPropose).toHaveLength(1);
    expect(survival?.toPropose[0]).toBeCloseTo(0.3, 15);
  });

  it('ends the block with the token that takes 1 - product of the predictions above the threshold', () => {
    const limits = learned(sampleLearnedWeights, { stopThreshold: 0.7 }).nextLimits();
    const predictor = limits.survival?.predictors.neural;
    if (predictor === undefined) throw new Error('no predictor');
    for (const path of [[unsure], [sure, unsure, sure, unsure], [sure, sure, sure]]) {
      const rule = blockRule(limits);
      let survived = 1;
      for (const [index, figures] of path.entries()) {
        survived *= predictAcceptance(predictor, figures, index);
        const stopping = rule.at(figures);
        if (1 - survived > 0.7) {
          expect(stopping).toEqual({ reason: 'survival', proposes: true });
          break;
        }
        expect(stopping).toBeUndefined();
        rule.after(sampled(figures));
      }
    }
  });

  it('stops some of these blocks and not others', () => {
    const limits = learned(sampleLearnedWeights).nextLimits();
    expect(blockRule(limits).at(unsure)).toBeDefined();
    expect(blockRule(limits).at(sure)).toBeUndefined();
    expect(blockRule(learned(sampleLearnedWeights, { stopThreshold: 1 }).nextLimits()).at(unsure)).toBeUndefined();
  });
});

describe('what is ours', () => {
  it('estimates hang on how the last tokens fared, by the biases', () => {
    const policy = learned(sampleLearnedWeights);
    const estimate = () => {
      const predictor = policy.nextLimits().survival?.predictors.neural;
      return predictor && predictAcceptance(predictor, unsure, 0);
    };
    const before = estimate() as number;
    policy.observe({ drafted: 4, accepted: 4, maxTokens: 20, stopReason: 'survival', figures: [] });
    expect(estimate()).toBeGreaterThan(before);
    for (let i = 0; i < 4; i++) {
      policy.observe({ drafted: 4, accepted: 0, maxTokens: 20, stopReason: 'survival', figures: [] });
    }
    expect(estimate()).toBeLessThan(before);
  });

  it('takes the model’s predictor for n-grams where none was trained', () => {
    const shared = learned(sampleLearnedWeights).nextLimits().survival?.predictors;
    expect(shared?.neural).toBeDefined();
    expect(shared?.ngram).toEqual(shared?.neural);
    const own = { ...sampleLearnedWeights, ngram: { ...sampleLearnedWeights.neural, bias: 9 } };
    const trained = learned(own).nextLimits().survival?.predictors;
    expect(trained?.ngram?.bias).toBeGreaterThan(trained?.neural?.bias as number);
  });
});
