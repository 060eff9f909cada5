/** What `--compare` found, in words. */
import type { Comparison } from '../generation/compare.js';
import type { Style } from './style.js';

export function comparisonLines(comparison: Comparison, policy: string, style: Style): string[] {
  const { tokensPerSecond, targetOnlyTokensPerSecond, speedup, sameText, runs } = comparison;
  const perSide = runs.length / 2;
  return [
    style.heading(`${speedup.toFixed(2)} times target-only`) +
      `  ${policy} ${tokensPerSecond.toFixed(1)}, off ${targetOnlyTokensPerSecond.toFixed(1)} tokens/s ` +
      `(medians of ${perSide} alternating runs each, after a warm-up of each)`,
    sameTextWords(sameText, style),
  ];
}

function sameTextWords(sameText: boolean | undefined, style: Style): string {
  if (sameText === undefined) {
    return 'above temperature 0 only --acceptance coupled gives one text with and without a draft; speeds alone are compared';
  }
  return sameText ? 'same text: every token of every run is equal' : style.failure('DIFFERENT TEXT between the runs');
}
