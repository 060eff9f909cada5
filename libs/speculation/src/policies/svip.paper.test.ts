/** Claims about SVIP, arXiv:2411.18462, by the authors' code (Geralt-Targaryen/SVIP, vanilla-sd/eval_specbench.py). */
import { describe, expect, it } from 'vitest';
import { acceptanceLowerBound, entropyLimit } from '../adaedl.js';
import { blockRule } from '../stopping.js';
import { SVIP_DEFAULTS, SVIP_FACTOR, svip, svipEntropyLimit } from './svip.js';

describe('the stopping rule (AssistantModel.generate)', () => {
  it('has threshold 0.3, factor 0.15 and at most 40 tokens', () => {
    expect(SVIP_DEFAULTS).toEqual({ threshold: 0.3, maxDraftTokens: 40 });
    expect(SVIP_FACTOR).toBe(0.15);
  });

  it('stops where sqrt(0.15 H) > h: above 0.6 nats for h = 0.3', () => {
    expect(svipEntropyLimit(0.3)).toBeCloseTo(0.6, 14);
    const limit = svip().nextLimits().maxEntropy;
    expect(Math.sqrt(0.15 * (limit + 1e-9))).toBeGreaterThan(0.3);
    expect(Math.sqrt(0.15 * (limit - 1e-9))).toBeLessThan(0.3);
  });

  it('looks after it has appended: the token that says stop ends the block, the first one too', () => {
    const unsure = { entropy: 2, topProbability: 0.4 };
    const rule = blockRule(svip().nextLimits());
    expect(rule.at(unsure)).toEqual({ reason: 'entropy', proposes: true });
    const token = { ...unsure, id: 1, candidates: { ids: [1], probabilities: [1] } };
    const later = blockRule(svip().nextLimits());
    later.after({ ...token, entropy: 0 });
    expect(later.at(unsure)).toEqual({ reason: 'entropy', proposes: true });
    expect(later.at({ entropy: 0.59, topProbability: 0.8 })).toBeUndefined();
  });

  it('is AdaEDL’s bound with gamma 0.15, held against 1 - h', () => {
    for (const h of [0.1, 0.3, 0.6]) {
      expect(svipEntropyLimit(h)).toBeCloseTo(entropyLimit(1 - h, SVIP_FACTOR), 12);
      expect(acceptanceLowerBound(svipEntropyLimit(h), SVIP_FACTOR)).toBeCloseTo(1 - h, 12);
    }
  });

  it('does not learn', () => {
    const policy = svip();
    const before = policy.nextLimits();
    policy.observe({ drafted: 9, accepted: 0, maxTokens: 40, stopReason: 'entropy', figures: [] });
    expect(policy.nextLimits()).toEqual(before);
    expect(policy.lambda).toBeUndefined();
  });
});
