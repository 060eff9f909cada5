import { describe, expect, it } from 'vitest';
import { off, staticLength } from './static.js';

describe('static and off', () => {
  it('never stop for what a distribution looks like', () => {
    expect(staticLength(4).nextLimits()).toEqual({
      maxTokens: 4,
      minTokens: 4,
      proposeStopped: false,
      maxEntropy: Infinity,
      minTopProbability: 0,
    });
    expect(off().nextLimits()).toMatchObject({ maxTokens: 0, minTokens: 0 });
  });

  it('do not learn', () => {
    const policy = staticLength(4);
    const before = policy.nextLimits();
    policy.observe({ drafted: 4, accepted: 0, maxTokens: 4, stopReason: 'max_tokens', figures: [] });
    expect(policy.nextLimits()).toEqual(before);
    expect(policy.lambda).toBeUndefined();
  });
});
