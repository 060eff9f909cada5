import { predictAcceptance } from './predictor.js';
import type { DraftFigures, DraftedFigures, DraftLimits, DraftStopReason, DraftedToken } from './types.js';

export interface Stopping {
  readonly reason: Extract<DraftStopReason, 'entropy' | 'top_probability' | 'survival'>;
  /** Whether a token is sampled from the distribution that says stop and ends the block. */
  readonly proposes: boolean;
}

/** Where one block ends. Asked for each token in turn, in this order. */
export interface BlockRule {
  /** Before the model is asked for the next token's distribution. */
  beforePass(): 'survival' | undefined;
  /**
   * By the figures of the next token's distribution alone, before it is sampled: no answer depends on what is sampled,
   * so stopping cannot bias the output.
   *
   * Up to `minTokens` a token is proposed whatever its distribution says. When the last of those says stop, the block
   * ends with it: behind a token that is likely to be rejected, another pass is not worth its time.
   */
  at(figures: DraftFigures): Stopping | undefined;
  /** After it is sampled: may end the block, but not take the token back. */
  after(token: DraftedToken): 'token_probability' | undefined;
}

export function blockRule(limits: DraftLimits): BlockRule {
  const { maxEntropy, minTokenProbability = 0, minTokens, minTopProbability, proposeStopped, survival } = limits;
  let index = 0;
  /** The estimated chance that all tokens so far are accepted. */
  let survived = 1;
  let estimate = 1;
  return {
    beforePass: () => (index >= minTokens && survived < atPlace(survival?.beforePass, index) ? 'survival' : undefined),
    at(figures) {
      const predictor = survival?.predictors[figures.source ?? 'neural'];
      estimate = predictor === undefined ? 1 : predictAcceptance(predictor, figures, index);
      if (index + 1 < minTokens) return undefined;
      const proposes = proposeStopped || index < minTokens;
      if (figures.entropy > maxEntropy) return { reason: 'entropy', proposes };
      if (figures.topProbability < minTopProbability) return { reason: 'top_probability', proposes };
      return survived * estimate < atPlace(survival?.toPropose, index) ? { reason: 'survival', proposes } : undefined;
    },
    after(token) {
      index++;
      const sampled = survival?.sampled?.[token.source ?? 'neural'];
      survived *= sampled === undefined ? estimate : predictAcceptance(sampled, figuresOf(token), index - 1);
      return index >= minTokens && tokenProbability(token) < minTokenProbability ? 'token_probability' : undefined;
    },
  };
}

/**
 * The probability a token was sampled with. At temperature 0 the distribution is all on one token; its probability is
 * then that of the untempered softmax, which is the top one.
 */
export function tokenProbability({ candidates, id, topProbability }: DraftedToken): number {
  return Math.min(topProbability, candidates.probabilities[candidates.ids.indexOf(id)] ?? 0);
}

/** What of a drafted token a policy may learn from. */
export function figuresOf(token: DraftedToken): DraftedFigures {
  const { entropy, source, topProbability } = token;
  return { entropy, topProbability, ...(source && { source }), tokenProbability: tokenProbability(token) };
}

function atPlace(limits: readonly number[] = [], index: number): number {
  return limits[Math.min(index, limits.length - 1)] ?? 0;
}
