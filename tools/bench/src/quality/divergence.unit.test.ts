import { describe, expect, it } from 'vitest';
import { addPositions, addSums, divergence, figuresOf } from './divergence.js';

const distribution = (entries: Record<number, number>, tailProbability = 0) => ({
  ids: Object.keys(entries).map(Number),
  probabilities: Object.values(entries),
  tailProbability,
});

describe('divergence', () => {
  it('of a distribution from itself is 0', () => {
    const law = distribution({ 1: 0.5, 2: 0.25, 3: 0.125 }, 0.125);
    expect(divergence(law, law)).toBe(0);
  });

  it('is the textbook sum when all tokens are candidates', () => {
    const reference = distribution({ 1: 0.5, 2: 0.5 });
    const imported = distribution({ 2: 0.75, 1: 0.25 });
    expect(divergence(reference, imported)).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 12);
  });

  it('takes all other tokens as one, which cannot make it larger', () => {
    const reference = distribution({ 1: 0.5, 2: 0.25, 3: 0.25 });
    const imported = distribution({ 1: 0.25, 2: 0.5, 3: 0.25 });
    const merged = divergence(distribution({ 1: 0.5 }, 0.5), imported);
    expect(merged).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(0.5 / 0.75), 12);
    expect(merged).toBeLessThan(divergence(reference, imported));
  });

  it('stays finite where the import gives no probability', () => {
    expect(divergence(distribution({ 1: 0.5, 2: 0.5 }), distribution({ 1: 1 }))).toBeGreaterThan(30);
  });
});

it('perplexities are of the next tokens, and chunks add up', () => {
  const one = addPositions([
    { next: 1, reference: distribution({ 1: 0.5, 2: 0.5 }), imported: distribution({ 2: 0.75, 1: 0.25 }) },
    { next: 2, reference: distribution({ 1: 0.75, 2: 0.25 }), imported: distribution({ 1: 0.75, 2: 0.25 }) },
  ]);
  const figures = figuresOf(one);
  expect(figures.referencePerplexity).toBeCloseTo(Math.sqrt(8), 12);
  expect(figures.importedPerplexity).toBeCloseTo(4, 12);
  expect(figures.perplexityRatio).toBeCloseTo(4 / Math.sqrt(8), 12);
  expect(figures.bestTokenAgreement).toBe(0.5);
  const twice = figuresOf(addSums([one, one]));
  expect(twice).toEqual({ ...figures, positions: 4 });
});
