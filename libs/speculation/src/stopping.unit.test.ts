import { describe, expect, it } from 'vitest';
import { stopReasonOf } from './stopping.js';

describe('stopReasonOf', () => {
  const limits = { maxTokens: 8, minTokens: 1, maxEntropy: 1.25, minTopProbability: 0.2 };

  it('goes on at the limits themselves', () => {
    expect(stopReasonOf({ entropy: 1.25, topProbability: 0.2 }, limits)).toBeUndefined();
  });

  it('says which limit stops', () => {
    expect(stopReasonOf({ entropy: 1.26, topProbability: 0.5 }, limits)).toBe('entropy');
    expect(stopReasonOf({ entropy: 1, topProbability: 0.19 }, limits)).toBe('top_probability');
  });

  it('stops nothing without limits', () => {
    const none = { ...limits, maxEntropy: Infinity, minTopProbability: 0 };
    expect(stopReasonOf({ entropy: 12, topProbability: 1e-9 }, none)).toBeUndefined();
  });
});
