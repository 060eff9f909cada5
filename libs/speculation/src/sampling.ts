/**
 * From logits to the law a token is drawn from, the same for draft and target:
 *
 * 1. temperature: `softmax(logits / temperature)`; 0 is one-hot at the largest logit, the lowest id wins a tie;
 * 2. top-k: the k most probable tokens, renormalised (0, or the vocabulary size and more, keeps all);
 * 3. top-p: the smallest set of most probable tokens whose mass after step 2 reaches top-p, renormalised;
 * 4. min-p (Nguyen et al., arXiv:2407.01082): the tokens at least min-p times as probable as the most probable one.
 *
 * Changes of the logits (adjust.ts) come before all that.
 *
 * An engine computes the top K logits and the normaliser beside the model and seldom needs more
 * ({@link targetDistribution}); where it does, {@link distributionFromLogits} starts from the whole vocabulary.
 */
import { SpeculationError } from './error.js';
import type { Sampling, SparseDistribution, TargetDistribution, TokenId } from './types.js';

/** The most probable tokens of one position, as an engine's sampling head returns them. */
export interface Candidates {
  /** Token ids, [K]: by descending logit, ties by ascending id (the order of ONNX TopK). */
  readonly ids: ArrayLike<number>;
  /** Logits divided by the temperature (undivided at temperature 0), [K], descending. */
  readonly logits: ArrayLike<number>;
  /** `ln sum exp` of the same logits over the whole vocabulary. */
  readonly logNormalizer: number;
  /** Tokens the normaliser covers; K of them are candidates. */
  readonly vocabularySize: number;
}

/**
 * The target's law at one position, from its candidates.
 *
 * Without truncation it is the candidates plus the mass of all others. With top-k or top-p it is complete
 * (`tailProbability` 0) when the kept set lies within the candidates, and undefined when it does not, or cannot
 * be known to: then {@link distributionFromLogits} must be asked.
 * Throws invalid_argument when the normaliser is not a finite number.
 */
export function targetDistribution(candidates: Candidates, sampling: Sampling): TargetDistribution | undefined {
  const { ids, vocabularySize } = candidates;
  if (sampling.temperature === 0) return complete(oneHot(candidates));
  const probabilities = softmax(candidates);
  const keepsAll = sampling.topK === 0 || sampling.topK >= vocabularySize;
  const likely = likelySize(probabilities, sampling.minP);
  if (keepsAll && sampling.topP >= 1 && likely === undefined) {
    if ((sampling.minP ?? 0) > 0 && ids.length < vocabularySize) return undefined;
    const tail = ids.length < vocabularySize ? Math.max(0, 1 - sum(probabilities)) : 0;
    return { ids: Array.from(ids), probabilities, tailProbability: tail };
  }
  // The mass of the k most probable tokens is not known here, and top-p is a share of it.
  if (!keepsAll && sampling.topK > ids.length && (likely === undefined || sampling.topP < 1)) return undefined;
  const kept = keepsAll ? probabilities : probabilities.slice(0, sampling.topK);
  const mass = keepsAll && ids.length < vocabularySize ? 1 : sum(kept);
  const size = nucleusSize(kept, sampling.topP, mass);
  if (size === undefined && likely === undefined && keepsAll && ids.length < vocabularySize) return undefined;
  return complete(renormalized(ids, kept, Math.min(size ?? kept.length, likely ?? kept.length)));
}

/**
 * The draft's law at one position: as the target's, but always within the candidates. Truncating to them changes
 * how often the draft agrees, never the output, as long as the draft samples from exactly this.
 *
 * Probabilities are rounded to float32, so that what is sampled from is what travels.
 */
export function draftDistribution(candidates: Candidates, sampling: Sampling): SparseDistribution {
  if (sampling.temperature === 0) return oneHot(candidates);
  const probabilities = softmax(candidates);
  const keepsAll = sampling.topK === 0 || sampling.topK >= candidates.vocabularySize;
  const kept = keepsAll ? probabilities : probabilities.slice(0, sampling.topK);
  const mass = keepsAll ? 1 : sum(kept);
  const nucleus = nucleusSize(kept, sampling.topP, mass) ?? kept.length;
  const size = Math.min(nucleus, likelySize(kept, sampling.minP) ?? kept.length);
  const law = renormalized(candidates.ids, kept, size);
  return { ids: law.ids, probabilities: law.probabilities.map(Math.fround) };
}

/**
 * The law over the whole vocabulary, most probable first, from raw logits, [vocabulary]. Costs a pass over the
 * vocabulary and a sort of what may be kept: for when {@link targetDistribution} cannot tell.
 */
export function distributionFromLogits(logits: Float32Array, sampling: Sampling): SparseDistribution {
  const { temperature, topK, topP } = sampling;
  const largest = logits.reduce((a, b) => (b > a ? b : a), -Infinity);
  if (temperature === 0) return { ids: [logits.indexOf(largest)], probabilities: [1] };
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const keepsAll = topK === 0 || topK >= logits.length;
  // What a kept token weighs at least: the k-th largest weight, or without top-k the share min-p of the largest, which
  // is 1, and a weight so small that all the tokens below it together cannot be part of the nucleus. It bounds the
  // sort; the cut itself follows.
  const least = keepsAll
    ? Math.max(sampling.minP ?? 0, (Math.max(0, 1 - topP) * sum(weights)) / logits.length)
    : (weights.slice().sort()[logits.length - topK] as number);
  const ids: TokenId[] = [];
  for (let id = 0; id < weights.length; id++) if ((weights[id] as number) >= least) ids.push(id);
  // By logit, as candidates are: two that differ may round to one weight. Between infinities only the ids count.
  ids.sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
  const kept = (keepsAll ? ids : ids.slice(0, topK)).map((id) => weights[id] as number);
  const mass = keepsAll ? sum(weights) : sum(kept);
  const nucleus = nucleusSize(kept, topP, mass) ?? kept.length;
  return renormalized(ids, kept, Math.min(nucleus, likelySize(kept, sampling.minP) ?? kept.length));
}

/** The `count` largest of raw logits, [vocabulary], and their normaliser: what an engine's sampling head would return. */
export function candidatesOf(logits: Float32Array, temperature: number, count: number): Candidates {
  const divisor = temperature === 0 ? 1 : temperature;
  const ids: TokenId[] = [];
  let least = -Infinity;
  let largest = -Infinity;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (ids.length === count && !(logit > least)) continue;
    let place = ids.length;
    while (place > 0 && (logits[ids[place - 1] as number] as number) < logit) place--;
    ids.splice(place, 0, id);
    if (ids.length > count) ids.pop();
    if (ids.length === count) least = logits[ids[count - 1] as number] as number;
    if (logit > largest) largest = logit;
  }
  const scale = 1 / divisor;
  let total = 0;
  for (let id = 0; id < logits.length; id++) total += Math.exp(((logits[id] as number) - largest) * scale);
  return {
    ids,
    logits: ids.map((id) => (logits[id] as number) / divisor),
    logNormalizer: largest / divisor + Math.log(total),
    vocabularySize: logits.length,
  };
}

/** The `count` most probable tokens of a law, the rest of its mass as tail. */
export function withTail(law: SparseDistribution, count: number): TargetDistribution {
  if (law.ids.length <= count) return complete(law);
  const probabilities = law.probabilities.slice(0, count);
  const tailProbability = sum(law.probabilities.slice(count));
  return { ids: law.ids.slice(0, count), probabilities, tailProbability };
}

/**
 * Moves the draft's candidates out of the tail, so that acceptance knows the target's probability of each.
 *
 * `probabilityOf` gives the law's probability of a token that is not a candidate. A complete law needs no more
 * candidates: the others have probability 0.
 */
export function includeTokens(
  target: TargetDistribution,
  tokens: readonly TokenId[],
  probabilityOf: (id: TokenId) => number,
): TargetDistribution {
  if (target.tailProbability === 0) return target;
  const known = new Set(target.ids);
  const added = [...new Set(tokens)]
    .filter((id) => !known.has(id))
    .map((id) => ({ id, probability: probabilityOf(id) }))
    .sort((a, b) => b.probability - a.probability || a.id - b.id);
  const moved = sum(added.map((token) => token.probability));
  return {
    ids: [...target.ids, ...added.map((token) => token.id)],
    probabilities: [...target.probabilities, ...added.map((token) => token.probability)],
    tailProbability: Math.max(0, target.tailProbability - moved),
  };
}

function complete(law: SparseDistribution): TargetDistribution {
  return { ids: law.ids, probabilities: law.probabilities, tailProbability: 0 };
}

/** All mass on the largest logit; the lowest id wins a tie. */
function oneHot({ ids, logits }: Candidates): SparseDistribution {
  let best = ids[0] as number;
  for (let i = 1; i < ids.length && logits[i] === logits[0]; i++) best = Math.min(best, ids[i] as number);
  return { ids: [best], probabilities: [1] };
}

function softmax({ logits, logNormalizer }: Candidates): number[] {
  if (!Number.isFinite(logNormalizer)) {
    throw new SpeculationError('invalid_argument', 'logNormalizer', `${logNormalizer} is not finite`);
  }
  return Array.from(logits, (logit) => Math.exp(logit - logNormalizer));
}

/** How many of the weights, in order, reach the share `topP` of `mass`; undefined when all together do not. */
function nucleusSize(weights: readonly number[], topP: number, mass: number): number | undefined {
  if (topP >= 1) return undefined;
  let cumulated = 0;
  for (let i = 0; i < weights.length; i++) {
    cumulated += weights[i] as number;
    if (cumulated >= topP * mass) return i + 1;
  }
  return undefined;
}

/** How many of the weights, in order, reach the share `minP` of the first; undefined when all do, or nothing is cut. */
function likelySize(weights: readonly number[], minP = 0): number | undefined {
  if (minP === 0) return undefined;
  const size = weights.findIndex((weight) => weight < minP * (weights[0] as number));
  return size === -1 ? undefined : size;
}

/** The first `size` tokens as a law of their own; tokens without any probability are left out. */
function renormalized(ids: ArrayLike<number>, weights: readonly number[], size: number): SparseDistribution {
  const kept = weights.slice(0, size);
  const total = sum(kept);
  const keptIds: TokenId[] = [];
  const probabilities: number[] = [];
  kept.forEach((weight, i) => {
    if (weight > 0) {
      keptIds.push(ids[i] as number);
      probabilities.push(weight / total);
    }
  });
  return { ids: keptIds, probabilities };
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
