/** The distribution of one position: from what the graph's sampling head returned, or from logits that were changed. */
import {
  type Sampling,
  type SparseDistribution,
  type TargetDistribution,
  type TokenId,
  candidatesOf,
  distributionFromLogits,
  includeTokens,
  targetDistribution,
  withTail,
} from '@outrider/speculation';
import { rowOfToken, tokenOfRow } from './head-rows.js';
import type { ScoredRow } from './lanes.js';
import type { LoadedModel } from './model.js';

export interface Law {
  readonly sent: TargetDistribution;
  /** The whole law, where top-k, top-p or min-p cut it beyond the candidates. */
  readonly truncated?: SparseDistribution;
}

/** Greedy decoding: the best token, the lowest id of equals. */
export function mostProbable(model: LoadedModel, { bestRows, bestLogits }: ScoredRow): TargetDistribution {
  const row = bestLogits[0] === bestLogits[1] ? Math.min(...bestRows) : bestRows[0];
  return { ids: [tokenOfRow(model, row)], probabilities: [1], tailProbability: 0 };
}

/** From what the graph's sampling head returned. */
export function lawOf(
  model: LoadedModel,
  row: ScoredRow,
  candidateIds: readonly TokenId[],
  sampling: Sampling,
  maxCandidates: number,
): Law {
  const known = {
    ids: row.lawRows.map((headRow) => tokenOfRow(model, headRow)),
    logits: row.lawProbabilities.map(Math.log),
    logNormalizer: 0,
    vocabularySize: model.headRows,
  };
  const direct = targetDistribution(known, sampling);
  if (direct !== undefined) {
    const probabilities = new Map(candidateIds.map((id, i) => [id, row.candidateProbabilities[i] ?? 0]));
    return {
      sent: includeTokens(direct, candidateIds, (id) =>
        rowOfToken(model, id) === undefined ? 0 : (probabilities.get(id) ?? 0),
      ),
    };
  }
  // The truncation reaches beyond the candidates. The logits are divided by the temperature already.
  return truncatedLaw(model, row.logits as Float32Array, candidateIds, { ...sampling, temperature: 1 }, maxCandidates);
}

/** From logits that were changed, [head rows], not divided by the temperature. */
export function lawOfLogits(
  model: LoadedModel,
  logits: Float32Array,
  candidateIds: readonly TokenId[],
  sampling: Sampling,
  maxCandidates: number,
): Law {
  const { temperature } = sampling;
  const candidates = candidatesOf(logits, temperature, temperature === 0 ? 1 : Math.min(maxCandidates, logits.length));
  const ids = Array.from(candidates.ids, (headRow) => tokenOfRow(model, headRow));
  if (temperature === 0) return { sent: { ids, probabilities: [1], tailProbability: 0 } };
  const direct = targetDistribution({ ...candidates, ids }, sampling);
  if (direct === undefined) return truncatedLaw(model, logits, candidateIds, sampling, maxCandidates);
  const probabilityOf = (id: TokenId): number => {
    const row = rowOfToken(model, id);
    return row === undefined ? 0 : Math.exp((logits[row] as number) / temperature - candidates.logNormalizer);
  };
  return { sent: includeTokens(direct, candidateIds, probabilityOf) };
}

function truncatedLaw(
  model: LoadedModel,
  logits: Float32Array,
  candidateIds: readonly TokenId[],
  sampling: Sampling,
  maxCandidates: number,
): Law {
  const byRow = distributionFromLogits(logits, sampling);
  const truncated = { ids: byRow.ids.map((headRow) => tokenOfRow(model, headRow)), probabilities: byRow.probabilities };
  const probabilities = new Map(truncated.ids.map((id, i) => [id, truncated.probabilities[i] as number]));
  const sent = includeTokens(withTail(truncated, maxCandidates), candidateIds, (id) => probabilities.get(id) ?? 0);
  return { sent, truncated };
}
