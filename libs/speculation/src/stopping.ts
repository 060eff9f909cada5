import type { DraftLimits, DraftedToken } from './types.js';

export interface Stopping {
  readonly reason: 'entropy' | 'top_probability';
  /** Whether a token is sampled from the distribution that says stop and ends the block. */
  readonly proposes: boolean;
}

/**
 * Whether a block ends at its token `index`, by the figures of that token's distribution alone. A draft asks before
 * it samples, and no answer depends on what is sampled, so that stopping cannot bias the output.
 *
 * Up to `minTokens` a token is proposed whatever its distribution says. When the last of those says stop, the block
 * ends with it: behind a token that is likely to be rejected, another pass is not worth its time.
 */
export function stoppingAt(
  index: number,
  { entropy, topProbability }: Pick<DraftedToken, 'entropy' | 'topProbability'>,
  limits: DraftLimits,
): Stopping | undefined {
  const { maxEntropy, minTokens, minTopProbability, proposeStopped } = limits;
  if (index + 1 < minTokens) return undefined;
  const proposes = proposeStopped || index < minTokens;
  if (entropy > maxEntropy) return { reason: 'entropy', proposes };
  return topProbability < minTopProbability ? { reason: 'top_probability', proposes } : undefined;
}
