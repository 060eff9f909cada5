import type { DraftLimits } from './types.js';

/**
 * Whether a distribution says that drafting should stop, by its figures alone. A draft asks before it samples, so
 * that stopping cannot bias the output:
 *
 * - from `minTokens` proposed tokens on, a distribution that says stop is not sampled from;
 * - below, it is; when the last of the `minTokens` says stop, the block ends with it: behind a token that is likely to
 *   be rejected, another pass is not worth its time.
 */
export function stopReasonOf(
  { entropy, topProbability }: { readonly entropy: number; readonly topProbability: number },
  limits: DraftLimits,
): 'entropy' | 'top_probability' | undefined {
  if (entropy > limits.maxEntropy) return 'entropy';
  return topProbability < limits.minTopProbability ? 'top_probability' : undefined;
}
