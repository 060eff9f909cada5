/**
 * Claims about Draft & Verify, arXiv:2309.08168, by the authors' code (dilab-zju/self-speculative-decoding,
 * decoding.py: exact_self_speculative_generate and self_speculative_sample).
 */
import { describe, expect, it } from 'vitest';
import { updateAdaEdl } from '../adaedl.js';
import { blockRule } from '../stopping.js';
import type { DraftedToken } from '../types.js';
import {
  DRAFT_AND_VERIFY_DEFAULTS,
  GREEDY_THRESHOLD,
  SAMPLING_THRESHOLD,
  draftAndVerify,
  updateDraftAndVerify,
} from './draft-and-verify.js';

const token = (probability: number): DraftedToken => ({
  id: 1,
  entropy: 1,
  topProbability: 0.9,
  candidates: { ids: [0, 1], probabilities: [1 - probability, probability] },
});

describe('the stopping rule', () => {
  it('starts at 0.8 when greedy and at 0.5 when sampling, with at most 8 tokens', () => {
    expect([GREEDY_THRESHOLD, SAMPLING_THRESHOLD]).toEqual([0.8, 0.5]);
    expect(draftAndVerify({}, 0).nextLimits()).toMatchObject({ minTokenProbability: 0.8, maxTokens: 8, minTokens: 1 });
    expect(draftAndVerify({}, 0.7).lambda).toBe(0.5);
    expect(draftAndVerify().lambda).toBe(0.5);
    expect(draftAndVerify({ thresholdInitial: 0.6 }, 0).lambda).toBe(0.6);
  });

  it('stops after a token that was sampled with less probability, and keeps it', () => {
    const rule = blockRule(draftAndVerify({}, 1).nextLimits());
    expect(rule.at(token(0.5))).toBeUndefined();
    expect(rule.after(token(0.5))).toBeUndefined();
    expect(rule.at(token(0.49))).toBeUndefined();
    expect(rule.after(token(0.49))).toBe('token_probability');
  });

  it('holds for the first token too: it ends the block alone', () => {
    expect(blockRule(draftAndVerify({}, 1).nextLimits()).after(token(0.1))).toBe('token_probability');
  });
});

describe('the update (auto_parameters [1, 0.5, 0.9, 1e-2, 0.9])', () => {
  const update = (threshold: number, matchness: number, drafted: number, accepted: number) =>
    updateDraftAndVerify({ threshold, matchness }, { drafted, accepted }, DRAFT_AND_VERIFY_DEFAULTS);

  it('has the constants that AdaEDL took over', () => {
    expect(DRAFT_AND_VERIFY_DEFAULTS).toEqual({ alpha: 0.9, epsilon: 0.01, beta1: 0.5, beta2: 0.9, maxDraftTokens: 8 });
  });

  it('averages the matches from 0', () => {
    const policy = draftAndVerify({}, 0);
    policy.observe({ drafted: 4, accepted: 4, maxTokens: 8, stopReason: 'token_probability', figures: [] });
    // 0.5 * 0 + 0.5 * 1 is below 0.9, so the threshold rises though all matched; AdaEDL's would fall.
    expect(policy.lambda).toBeCloseTo(0.9 * 0.8 + 0.1 * 0.81, 15);
    expect(update(0.8, 0, 4, 4).matchness).toBe(0.5);
    expect(
      updateAdaEdl(
        { lambda: 0.8, acceptanceRate: undefined },
        { drafted: 4, accepted: 4, maxTokens: 8 },
        DRAFT_AND_VERIFY_DEFAULTS,
      ).lambda,
    ).toBeLessThan(0.8);
  });

  it('at a good rate lowers the threshold, but not where all L were drafted, accepted or not', () => {
    expect(update(0.6, 1, 3, 3).threshold).toBeCloseTo(0.9 * 0.6 + 0.1 * 0.59, 15);
    expect(update(0.6, 1, 8, 8).threshold).toBeCloseTo(0.6, 15);
    expect(update(0.6, 1, 8, 7).threshold).toBeCloseTo(0.6, 15);
    // AdaEDL keeps lambda where all were accepted.
    const adaedl = updateAdaEdl(
      { lambda: 0.6, acceptanceRate: 1 },
      { drafted: 8, accepted: 7, maxTokens: 8 },
      DRAFT_AND_VERIFY_DEFAULTS,
    );
    expect(adaedl.lambda).toBeLessThan(0.6);
  });

  it('raises it at a bad rate, moves by at most 0.001, and stays in [0, 1]', () => {
    expect(update(0.6, 0.5, 4, 1).threshold).toBeCloseTo(0.601, 15);
    expect(update(1, 0, 1, 0).threshold).toBe(1);
    expect(update(0, 1, 1, 1).threshold).toBe(0);
    expect(update(0.6, 0.5, 0, 0)).toEqual({ threshold: 0.6, matchness: 0.5 });
  });
});
