/** How far an imported model is from its float reference, over the positions of a text. */
import type { TargetDistribution, TokenId } from '@outrider/speculation';
import { probabilityOf } from './scores.js';

export interface PositionScores {
  /** The token that follows in the text. */
  readonly next: TokenId;
  readonly reference: TargetDistribution;
  readonly imported: TargetDistribution;
}

/** Sums over positions, so that chunks add up. */
export interface DivergenceSums {
  readonly positions: number;
  /** Sum of -ln p(next), in nats. */
  readonly referenceLoss: number;
  readonly importedLoss: number;
  /** Sum of the divergence of the imported from the reference distribution, in nats (see {@link divergence}). */
  readonly divergence: number;
  /** Positions whose most probable token is the same. */
  readonly sameBest: number;
}

export interface QualityFigures {
  readonly positions: number;
  readonly referencePerplexity: number;
  readonly importedPerplexity: number;
  /** imported / reference. */
  readonly perplexityRatio: number;
  readonly meanDivergence: number;
  /** Share of the positions whose most probable token is the same. */
  readonly bestTokenAgreement: number;
}

const NONE: DivergenceSums = { positions: 0, referenceLoss: 0, importedLoss: 0, divergence: 0, sameBest: 0 };

/** Below what float32 can tell from 0; keeps a logarithm finite. */
const SMALLEST = 1e-30;

export function addPositions(scores: readonly PositionScores[]): DivergenceSums {
  return scores.reduce<DivergenceSums>(
    (sums, { next, reference, imported }) => ({
      positions: sums.positions + 1,
      referenceLoss: sums.referenceLoss - Math.log(Math.max(SMALLEST, probabilityOf(reference, next))),
      importedLoss: sums.importedLoss - Math.log(Math.max(SMALLEST, probabilityOf(imported, next))),
      divergence: sums.divergence + divergence(reference, imported),
      sameBest: sums.sameBest + (mostProbable(reference) === mostProbable(imported) ? 1 : 0),
    }),
    NONE,
  );
}

export function addSums(all: readonly DivergenceSums[]): DivergenceSums {
  return all.reduce(
    (a, b) => ({
      positions: a.positions + b.positions,
      referenceLoss: a.referenceLoss + b.referenceLoss,
      importedLoss: a.importedLoss + b.importedLoss,
      divergence: a.divergence + b.divergence,
      sameBest: a.sameBest + b.sameBest,
    }),
    NONE,
  );
}

export function figuresOf(sums: DivergenceSums): QualityFigures {
  const { positions, referenceLoss, importedLoss } = sums;
  return {
    positions,
    referencePerplexity: Math.exp(referenceLoss / positions),
    importedPerplexity: Math.exp(importedLoss / positions),
    perplexityRatio: Math.exp((importedLoss - referenceLoss) / positions),
    meanDivergence: sums.divergence / positions,
    bestTokenAgreement: sums.sameBest / positions,
  };
}

/**
 * Kullback-Leibler divergence of the imported distribution from the reference, in nats, over the reference's
 * candidates with all other tokens as one. Merging tokens can only lower a divergence, so this is a lower bound, and close
 * when the candidates hold nearly all of the mass.
 */
export function divergence(reference: TargetDistribution, imported: TargetDistribution): number {
  const known = new Map(imported.ids.map((id, i) => [id, imported.probabilities[i] ?? 0]));
  let total = 0;
  let [referenceRest, importedRest] = [1, 1];
  reference.ids.forEach((id, i) => {
    const p = reference.probabilities[i] ?? 0;
    const q = known.get(id) ?? 0;
    total += term(p, q);
    referenceRest -= p;
    importedRest -= q;
  });
  return Math.max(0, total + term(referenceRest, importedRest));
}

function term(p: number, q: number): number {
  return p <= 0 ? 0 : p * Math.log(p / Math.max(SMALLEST, q));
}

/** Not always the first of them: candidates that were asked for stand behind the model's own. */
function mostProbable({ ids, probabilities }: TargetDistribution): TokenId | undefined {
  let best = 0;
  probabilities.forEach((probability, i) => {
    if (probability > (probabilities[best] ?? 0)) best = i;
  });
  return ids[best];
}
