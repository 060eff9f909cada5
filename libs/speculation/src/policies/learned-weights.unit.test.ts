import { describe, expect, it } from 'vitest';
import { SpeculationError } from '../error.js';
import { predictAcceptance } from '../predictor.js';
import { sampleLearnedWeights } from './learned.fixture.js';
import { foldRecentAcceptance, readLearnedWeights, updateRecentAcceptance } from './learned-weights.js';

describe('readLearnedWeights', () => {
  it('gives what was written, and passes over what stands beside it', () => {
    const written: unknown = JSON.parse(JSON.stringify({ ...sampleLearnedWeights, provenance: { seed: 1 } }));
    expect(readLearnedWeights(written)).toEqual(sampleLearnedWeights);
    const both = { ...sampleLearnedWeights, ngram: sampleLearnedWeights.neural };
    expect(readLearnedWeights(both)).toEqual(both);
  });

  const { neural } = sampleLearnedWeights;
  it.each<[string, unknown]>([
    ['learned', null],
    ['learned', 'weights'],
    ['learned.recentAcceptance', { neural }],
    ['learned.recentAcceptance.initial', { ...sampleLearnedWeights, recentAcceptance: { keep: 1 } }],
    ['learned.recentAcceptance.keep', { ...sampleLearnedWeights, recentAcceptance: { initial: 0, keep: 1.1 } }],
    ['learned.neural', { recentAcceptance: sampleLearnedWeights.recentAcceptance }],
    ['learned.neural.bias', { ...sampleLearnedWeights, neural: { ...neural, bias: NaN } }],
    ['learned.neural.weights', { ...sampleLearnedWeights, neural: { ...neural, weights: undefined } }],
    [
      'learned.neural.weights.index',
      { ...sampleLearnedWeights, neural: { ...neural, weights: { ...neural.weights, index: '1' } } },
    ],
    ['learned.neural.hidden', { ...sampleLearnedWeights, neural: { ...neural, hidden: undefined } }],
    [
      'learned.neural.hidden',
      { ...sampleLearnedWeights, neural: { ...neural, hidden: Array(65).fill(neural.hidden[0]) } },
    ],
    ['learned.neural.hidden[1]', { ...sampleLearnedWeights, neural: { ...neural, hidden: [neural.hidden[0], 3] } }],
    [
      'learned.neural.hidden[0].output',
      { ...sampleLearnedWeights, neural: { ...neural, hidden: [{ ...neural.hidden[0], output: Infinity }] } },
    ],
    ['learned.ngram.bias', { ...sampleLearnedWeights, ngram: { ...neural, bias: undefined } }],
  ])('refuses a bad %s', (field, value) => {
    const read = (): unknown => readLearnedWeights(value);
    expect(read).toThrow(SpeculationError);
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_policy', field }) as Error);
  });
});

describe('foldRecentAcceptance', () => {
  it('gives the estimate of the full model', () => {
    const figures = { entropy: 2.25, topProbability: 0.4 };
    const recent = 0.3;
    const folded = foldRecentAcceptance(sampleLearnedWeights.neural, recent);
    const logit = 1.5 - 1.2 * 1.5 + 0.4 * Math.log(0.4) - 0.05 * 2 + 1 * recent;
    const unit = Math.max(0, -1 + 1.5 - 0.5 * recent);
    expect(predictAcceptance(folded, figures, 2)).toBeCloseTo(1 / (1 + Math.exp(-(logit - 0.5 * unit))), 14);
  });
});

describe('updateRecentAcceptance', () => {
  it('takes each checked token in turn: the accepted ones, and the first rejected', () => {
    expect(updateRecentAcceptance(0.5, { drafted: 3, accepted: 3 }, 0.5)).toBeCloseTo(0.9375, 15);
    expect(updateRecentAcceptance(0.5, { drafted: 8, accepted: 1 }, 0.5)).toBeCloseTo(0.375, 15);
    expect(updateRecentAcceptance(0.5, { drafted: 0, accepted: 0 }, 0.5)).toBe(0.5);
  });
});
