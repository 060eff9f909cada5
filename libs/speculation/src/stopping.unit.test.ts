import { describe, expect, it } from 'vitest';
import { stoppingAt } from './stopping.js';

describe('stoppingAt', () => {
  const limits = { maxTokens: 8, minTokens: 1, maxEntropy: 1.25, minTopProbability: 0.2, proposeStopped: false };
  const unsure = { entropy: 1.26, topProbability: 0.5 };

  it('goes on at the limits themselves', () => {
    expect(stoppingAt(3, { entropy: 1.25, topProbability: 0.2 }, limits)).toBeUndefined();
  });

  it('says which limit stops', () => {
    expect(stoppingAt(3, unsure, limits)).toEqual({ reason: 'entropy', proposes: false });
    const flat = { entropy: 1, topProbability: 0.19 };
    expect(stoppingAt(3, flat, limits)).toEqual({ reason: 'top_probability', proposes: false });
  });

  it('stops nothing without limits', () => {
    const none = { ...limits, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };
    expect(stoppingAt(3, { entropy: 12, topProbability: 1e-9 }, none)).toBeUndefined();
  });

  it('ends with the token that says stop, when that is asked for', () => {
    expect(stoppingAt(3, unsure, { ...limits, proposeStopped: true })).toEqual({ reason: 'entropy', proposes: true });
  });

  it('proposes the first tokens all the same, and ends with the last of them', () => {
    const two = { ...limits, minTokens: 2 };
    expect(stoppingAt(0, unsure, two)).toBeUndefined();
    expect(stoppingAt(1, unsure, two)).toEqual({ reason: 'entropy', proposes: true });
    expect(stoppingAt(2, unsure, two)).toEqual({ reason: 'entropy', proposes: false });
  });
});
