import { describe, expect, it } from 'vitest';
import { checkDraft } from './draft-check.js';
import { checkScores } from './score-check.js';
import type { BlockScores, DraftBlock, DraftLimits, DraftedToken, TargetDistribution } from './types.js';

const token = (change: Partial<DraftedToken> = {}): DraftedToken => ({
  id: 4,
  entropy: 0.6,
  topProbability: 0.7,
  candidates: { ids: [4, 2], probabilities: [0.7, 0.3] },
  ...change,
});

describe('checkDraft', () => {
  const limits: DraftLimits = {
    maxTokens: 3,
    minTokens: 1,
    maxEntropy: 1,
    minTopProbability: 0.2,
    proposeStopped: false,
  };
  const block = (tokens: readonly DraftedToken[], change: Partial<DraftBlock> = {}): DraftBlock => ({
    tokens,
    stopReason: 'max_tokens',
    kvLength: 12,
    computeMs: 1,
    passes: 1,
    ...change,
  });

  it('passes what keeps to the limits', () => {
    const good = block([token({ entropy: 1 }), token({ topProbability: 0.2 }), token()]);
    expect(checkDraft(good, limits, 13)).toEqual({ tokens: good.tokens });
    const first = block([token({ entropy: 3, topProbability: 0.1 })]);
    expect(checkDraft(first, limits, 13)).toEqual({ tokens: first.tokens });
  });

  it.each<[string, DraftedToken]>([
    ['NaN entropy', token({ entropy: NaN })],
    ['negative entropy', token({ entropy: -0.1 })],
    ['infinite entropy', token({ entropy: Infinity })],
    ['top probability above 1', token({ topProbability: 1.1 })],
    ['an id that is no candidate', token({ id: 5 })],
    ['an id whose candidate has no probability', token({ id: 2, candidates: { ids: [4, 2], probabilities: [1, 0] } })],
    ['NaN probability', token({ candidates: { ids: [4, 2], probabilities: [0.7, NaN] } })],
    ['negative probability', token({ candidates: { ids: [4, 2], probabilities: [0.7, -0.3] } })],
    ['a missing probability', token({ candidates: { ids: [4, 2], probabilities: [0.7] } })],
    ['a candidate twice', token({ candidates: { ids: [4, 4], probabilities: [0.7, 0.3] } })],
    ['an id that is none', token({ id: 1.5, candidates: { ids: [1.5], probabilities: [1] } })],
    ['entropy above the limit', token({ entropy: 1.01 })],
    ['top probability below the limit', token({ topProbability: 0.19 })],
  ])('cuts before a token with %s', (_what, bad) => {
    const checked = checkDraft(block([token(), bad, token()]), limits, 13);
    expect(checked.tokens.length).toBe(1);
    expect(checked.fault).toMatchObject({ code: 'invalid_draft', field: 'tokens[1]' });
  });

  it('keeps an improbable token that was to end the block, and cuts what follows it', () => {
    const asked = { ...limits, minTokenProbability: 0.5 };
    const improbable = token({ id: 2 });
    expect(checkDraft(block([token(), improbable]), asked, 13).fault).toBeUndefined();
    const checked = checkDraft(block([token(), improbable, token()]), asked, 13);
    expect(checked.tokens.length).toBe(2);
    expect(checked.fault).toMatchObject({ code: 'invalid_draft', field: 'tokens[2]' });
  });

  it('cuts before a token that the limit on survival forbids', () => {
    const weights = { sqrtEntropy: 0, logTopProbability: 0, index: 0 };
    const predictors = { neural: { bias: 0, weights, hidden: [] } };
    const drafted = block([token(), token(), token()]);
    const passes = { ...limits, survival: { predictors, beforePass: [1, 0.6], toPropose: [] } };
    expect(checkDraft(drafted, passes, 13)).toMatchObject({ tokens: { length: 1 }, fault: { field: 'tokens[1]' } });
    const proposals = { ...limits, survival: { predictors, beforePass: [], toPropose: [0.2] } };
    expect(checkDraft(drafted, proposals, 13)).toMatchObject({ tokens: { length: 2 }, fault: { field: 'tokens[2]' } });
  });

  it('cuts what is more than asked for', () => {
    const checked = checkDraft(block([token(), token(), token(), token()]), limits, 20);
    expect(checked.tokens.length).toBe(3);
    expect(checked.fault?.field).toBe('tokens[3]');
  });

  it.each([NaN, -1, 14, 1.5])('keeps the tokens of a block with cache length %d, but faults it', (kvLength) => {
    const checked = checkDraft(block([token()], { kvLength }), limits, 13);
    expect(checked.tokens.length).toBe(1);
    expect(checked.fault?.field).toBe('kvLength');
  });

  it('faults a stopping entropy that is none', () => {
    expect(checkDraft(block([], { stoppingEntropy: NaN }), limits, 13).fault?.field).toBe('stoppingEntropy');
  });
});

describe('checkScores', () => {
  const good: TargetDistribution = { ids: [4, 2], probabilities: [0.5, 0.3], tailProbability: 0.2 };
  const scores = (positions: readonly TargetDistribution[], kvLength = 10): BlockScores => ({
    positions,
    kvLength,
    queueMs: 0,
    computeMs: 0,
    batchSize: 1,
  });
  const check = (target: TargetDistribution) => () => checkScores(scores([target, good]), [token()], 10);

  it('passes a sound answer, complete or with a tail, float rounding included', () => {
    expect(check(good)).not.toThrow();
    expect(check({ ids: [9], probabilities: [1 + 1e-7], tailProbability: 0 })).not.toThrow();
    expect(() => checkScores(scores([{ ids: [], probabilities: [], tailProbability: 1 }]), [], 10)).not.toThrow();
  });

  it.each<[string, TargetDistribution]>([
    ['NaN', { ...good, probabilities: [NaN, 0.3] }],
    ['a negative probability', { ...good, probabilities: [-0.5, 0.3] }],
    ['a probability above 1', { ...good, probabilities: [1.5, 0.3] }],
    ['a NaN tail', { ...good, tailProbability: NaN }],
    ['a candidate twice', { ...good, ids: [4, 4] }],
    ['an id that is none', { ...good, ids: [4, -2] }],
    ['a missing probability', { ...good, probabilities: [0.5] }],
    ['no mass', { ids: [4, 2], probabilities: [0, 0], tailProbability: 0 }],
    ["a tail that may hold the draft's candidate", { ids: [4], probabilities: [0.5], tailProbability: 0.5 }],
  ])('refuses %s', (_what, target) => {
    expect(check(target)).toThrow(expect.objectContaining({ code: 'invalid_scores', field: 'positions[0]' }));
  });

  it('refuses another number of positions, and an impossible cache length', () => {
    expect(() => checkScores(scores([good]), [token()], 10)).toThrow(/positions: 1 distributions for 1/);
    expect(() => checkScores(scores([good, good], 11), [token()], 10)).toThrow(/kvLength/);
  });
});
