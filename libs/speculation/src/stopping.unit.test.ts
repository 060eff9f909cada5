import { describe, expect, it } from 'vitest';
import { predictAcceptance } from './predictor.js';
import { type Stopping, blockRule, tokenProbability } from './stopping.js';
import type { AcceptancePredictor, DraftFigures, DraftLimits, DraftedToken } from './types.js';

const limits: DraftLimits = {
  maxTokens: 8,
  minTokens: 1,
  maxEntropy: 1.25,
  minTopProbability: 0.2,
  proposeStopped: false,
};
const sure: DraftFigures = { entropy: 0.1, topProbability: 0.9 };
const unsure: DraftFigures = { entropy: 1.26, topProbability: 0.5 };
const none = { sqrtEntropy: 0, logTopProbability: 0, index: 0 };
const logit = (p: number): number => Math.log(p / (1 - p));
const constant = (probability: number): AcceptancePredictor => ({
  bias: logit(probability),
  weights: none,
  hidden: [],
});

const sampled = (figures: DraftFigures, probability = figures.topProbability): DraftedToken => ({
  ...figures,
  id: 1,
  candidates: { ids: [1, 2], probabilities: [probability, 1 - probability] },
});

/** What the rule says of `figures` as the token after so many that it let pass. */
function stoppingAt(index: number, figures: DraftFigures, asked: DraftLimits): Stopping | undefined {
  const rule = blockRule(asked);
  for (let i = 0; i < index; i++) {
    expect(rule.at(sure)).toBeUndefined();
    expect(rule.after(sampled(sure))).toBeUndefined();
  }
  return rule.at(figures);
}

describe('the rule of a block', () => {
  it('goes on at the limits themselves', () => {
    expect(stoppingAt(3, { entropy: 1.25, topProbability: 0.2 }, limits)).toBeUndefined();
  });

  it('says which limit stops', () => {
    expect(stoppingAt(3, unsure, limits)).toEqual({ reason: 'entropy', proposes: false });
    const flat = { entropy: 1, topProbability: 0.19 };
    expect(stoppingAt(3, flat, limits)).toEqual({ reason: 'top_probability', proposes: false });
  });

  it('stops nothing without limits', () => {
    const open = { ...limits, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };
    expect(stoppingAt(3, { entropy: 12, topProbability: 1e-9 }, open)).toBeUndefined();
  });

  it('ends with the token that says stop, when that is asked for', () => {
    expect(stoppingAt(3, unsure, { ...limits, proposeStopped: true })).toEqual({ reason: 'entropy', proposes: true });
  });

  it('proposes the first tokens all the same, and ends with the last of them', () => {
    const two = { ...limits, minTokens: 2 };
    expect(blockRule(two).at(unsure)).toBeUndefined();
    expect(stoppingAt(1, unsure, two)).toEqual({ reason: 'entropy', proposes: true });
    expect(stoppingAt(2, unsure, two)).toEqual({ reason: 'entropy', proposes: false });
  });

  it('ends with a token that was sampled with too little probability, and keeps it', () => {
    const rule = blockRule({ ...limits, minTokenProbability: 0.4 });
    expect(rule.at(sure)).toBeUndefined();
    expect(rule.after(sampled(sure, 0.4))).toBeUndefined();
    expect(rule.at(sure)).toBeUndefined();
    expect(rule.after(sampled(sure, 0.39))).toBe('token_probability');
  });
});

describe('survival', () => {
  const survival = { predictors: { neural: constant(0.8) }, beforePass: [1, 0.7, 0.65], toPropose: [0.5, 0.5, 0.6] };
  const asked: DraftLimits = { ...limits, minTokens: 0, survival };
  const pass = (asked_: DraftLimits): { rule: ReturnType<typeof blockRule>; propose: () => void } => {
    const rule = blockRule(asked_);
    const propose = (): void => {
      expect(rule.at(sure)).toBeUndefined();
      expect(rule.after(sampled(sure))).toBeUndefined();
    };
    return { rule, propose };
  };

  it('is the product of the estimates, held against the limit of its place before a pass', () => {
    const { propose, rule } = pass(asked);
    expect(rule.beforePass()).toBeUndefined();
    propose();
    expect(rule.beforePass()).toBeUndefined(); // 0.8 of 0.7
    propose();
    expect(rule.beforePass()).toBe('survival'); // 0.64 of 0.65
  });

  it('stops before a token that takes it below the limit, and goes on with the last limit', () => {
    const { propose, rule } = pass(asked);
    propose();
    propose();
    expect(rule.at(sure)).toEqual({ reason: 'survival', proposes: false }); // 0.512 of 0.6
    expect(blockRule({ ...asked, survival: { ...survival, toPropose: [0.81] } }).at(sure)).toMatchObject({
      proposes: false,
    });
  });

  it('estimates each source by its own predictor, and takes 1 where there is none', () => {
    const { propose, rule } = pass({ ...asked, survival: { ...survival, toPropose: [0.5] } });
    const looked: DraftFigures = { ...sure, source: 'ngram' };
    for (let i = 0; i < 5; i++) {
      expect(rule.at(looked)).toBeUndefined();
      rule.after(sampled(looked));
    }
    propose();
    propose();
    propose();
    expect(rule.at(sure)).toBeDefined(); // 0.8^4
  });

  it('knows better once a token is sampled, for what follows it', () => {
    const byToken = { bias: 0, weights: { ...none, logTokenProbability: 1 }, hidden: [] };
    const { rule } = pass({
      ...asked,
      survival: { ...survival, sampled: { neural: byToken }, beforePass: [0.4], toPropose: [0.5] },
    });
    expect(rule.at(sure)).toBeUndefined(); // 0.8 of 0.5
    rule.after(sampled(sure)); // 0.9 / 1.9
    expect(rule.beforePass()).toBeUndefined();
    expect(rule.at(sure)).toMatchObject({ reason: 'survival' }); // 0.38 of 0.5
    const other = pass({ ...asked, survival: { ...survival, sampled: { neural: byToken }, beforePass: [0.4] } }).rule;
    other.at(sure);
    other.after(sampled(sure, 0.1)); // 0.1 / 1.1
    expect(other.beforePass()).toBe('survival');
  });

  it('sets no limit with empty lists', () => {
    const { rule } = pass({ ...asked, survival: { ...survival, beforePass: [], toPropose: [] } });
    for (let i = 0; i < 20; i++) {
      expect(rule.beforePass()).toBeUndefined();
      expect(rule.at(sure)).toBeUndefined();
      rule.after(sampled(sure));
    }
  });
});

describe('predictAcceptance', () => {
  it('is logistic in root entropy, log top probability and place, with rectified units on top', () => {
    const figures = { entropy: 4, topProbability: Math.exp(-1) };
    const weights = { sqrtEntropy: -0.5, logTopProbability: 0.25, index: -0.125 };
    const linear = 1 - 0.5 * 2 + 0.25 * -1 - 0.125 * 2;
    expect(predictAcceptance({ bias: 1, weights, hidden: [] }, figures, 2)).toBeCloseTo(
      1 / (1 + Math.exp(-linear)),
      14,
    );
    const unit = { output: 3, bias: -1, weights: { ...none, sqrtEntropy: 1 } }; // max(0, 1)
    const silent = { output: 9, bias: -3, weights: { ...none, sqrtEntropy: 1 } }; // max(0, -1)
    const both = predictAcceptance({ bias: 1, weights, hidden: [unit, silent] }, figures, 2);
    expect(both).toBeCloseTo(1 / (1 + Math.exp(-(linear + 3))), 14);
  });

  it('is a number where the top probability is rounded to 0', () => {
    const weights = { ...none, logTopProbability: 1 };
    expect(predictAcceptance({ bias: 0, weights, hidden: [] }, { entropy: 9, topProbability: 0 }, 0)).toBeCloseTo(
      0,
      12,
    );
  });
});

describe('tokenProbability', () => {
  it('is what the token was sampled with, and the top probability when greedy', () => {
    expect(tokenProbability(sampled(sure, 0.3))).toBe(0.3);
    expect(tokenProbability({ ...sure, id: 7, candidates: { ids: [7], probabilities: [1] } })).toBe(0.9);
  });
});
