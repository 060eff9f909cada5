/** What an index's text says comes next, as something to draft from. */
import { type Sampling, type TokenId, draftDistribution, logitChanges } from '@outrider/speculation';
import type { Guide } from '../guide.js';
import { type Look, guidedFrom } from '../look.js';
import type { DraftBlockRequest } from '../port.js';
import { type Prediction, predict } from './prediction.js';
import { type SuffixIndex, countLog } from './suffix-index.js';

/**
 * Undefined where there is nothing worth proposing: no prediction, one that is not sure enough, or none of its tokens
 * may come next.
 *
 * The counts are of a text that was drawn at the request's own temperature, as far as it was generated: it is not
 * applied again, except that temperature 0 draws the most probable token. Of equals, that is the one that followed
 * last. top-k, top-p and min-p cut what is drawn from, as they cut the target's law.
 */
export function ngramLook(
  index: SuffixIndex,
  { promptTokens = 0, sampling }: DraftBlockRequest,
  guide: Guide | undefined,
  maxCandidates: number,
  /** Of the most probable token, at least. */
  leastProbability: number,
): Look | undefined {
  const prediction = predict(index, maxCandidates);
  if (prediction === undefined) return undefined;
  const weights = weightsOf(prediction, index.tokens, promptTokens, sampling, guide);
  const heaviest = weights[0]?.weight;
  if (heaviest === undefined) return undefined;
  const { rest } = prediction;
  const total = weights.reduce((sum, { weight }) => sum + weight, rest.probability);
  const topProbability = heaviest / total;
  if (topProbability < leastProbability) return undefined;
  // With p = w / total: -sum of p ln p.
  const entropyPart = weights.reduce((sum, { weight }) => sum - countLog(weight), rest.entropyPart);
  const entropy = Math.max(0, entropyPart / total + Math.log(total));
  return { source: 'ngram', entropy, topProbability, law: () => lawOf(weights, sampling) };
}

interface Weighted {
  readonly id: TokenId;
  readonly weight: number;
}

/** What may come next, by weight; where nothing changes the weights, they are probabilities. */
function weightsOf(
  { ids, probabilities }: Prediction,
  tokens: readonly TokenId[],
  promptLength: number,
  { adjustments }: Sampling,
  guide: Guide | undefined,
): readonly Weighted[] {
  const plain = ids.map((id, i) => ({ id, weight: probabilities[i] as number }));
  if (adjustments === undefined && guide === undefined) return plain;
  // The repetition penalty hangs on the sign of a logit, which counts do not have; and it is for all tokens here alike.
  const own = adjustments && logitChanges({ ...adjustments, repetitionPenalty: 1 }, { tokens, promptLength });
  const changes = guide === undefined ? own : guidedFrom(guide, tokens.slice(promptLength), own);
  if (changes === undefined) return [];
  return plain
    .map(({ id, weight }) => ({ id, weight: Math.exp(changes.apply(id, Math.log(weight))) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
}

function lawOf(weights: readonly Weighted[], sampling: Sampling) {
  const ids = weights.map(({ id }) => id);
  if (sampling.temperature === 0) return { ids: ids.slice(0, 1), probabilities: [1] };
  const logits = weights.map(({ weight }) => Math.log(weight));
  const logNormalizer = Math.log(weights.reduce((sum, { weight }) => sum + weight, 0));
  return draftDistribution({ ids, logits, logNormalizer, vocabularySize: ids.length }, sampling);
}
