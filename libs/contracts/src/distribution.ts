/** Distributions as they travel: ids and 32-bit probabilities. */
import type { SparseDistribution, TargetDistribution } from '@outrider/speculation';
import { listLength } from './checks.js';
import { invalidArgument } from './error.js';
import { limits } from './limits.js';
import { type Vocabulary, checkTokenId, firstUnusable, unusable } from './vocabulary.js';
import type * as wire from './wire.js';

/** How far a sum of up to 1,024 rounded 32-bit probabilities may be from 1. */
const sumTolerance = 1e-3;

/** Rounding may lift a single probability a little above 1. */
const largestProbability = 1 + 1e-5;

/** The two lists every distribution travels as. */
interface Candidates {
  readonly candidateIds: readonly number[];
  readonly candidateProbabilities: readonly number[];
}

/** draftProbs of one token: at least one candidate, most probable first, sum 1. */
export function decodeSparse(message: Candidates, vocabulary: Vocabulary, field: string): SparseDistribution {
  const { candidateIds: ids, candidateProbabilities: probabilities } = message;
  checkCandidates(ids, probabilities, 0, vocabulary, field);
  for (let i = 1; i < probabilities.length; i++) {
    if (probabilities[i]! > probabilities[i - 1]!) {
      throw invalidArgument(`${field}.candidate_probabilities[${i}]`, 'is greater than the one before it');
    }
  }
  return { ids, probabilities };
}

/** targetProbs of one position: at least one candidate, sum 1 together with the tail; or an impasse and neither. */
export function decodeTarget(
  message: wire.TargetDistribution,
  vocabulary: Vocabulary,
  field: string,
): TargetDistribution {
  const { candidateIds: ids, candidateProbabilities: probabilities, impasse, tailProbability } = message;
  if (impasse !== undefined) {
    listLength(ids.length, 0, 0, `${field}.candidate_ids`);
    return { ids: [], probabilities: [], tailProbability: 0, impasse };
  }
  if (!(tailProbability >= 0 && tailProbability <= largestProbability)) {
    throw invalidArgument(`${field}.tail_probability`, `is ${tailProbability}, not in [0, 1]`);
  }
  checkCandidates(ids, probabilities, tailProbability, vocabulary, field);
  return { ids, probabilities, tailProbability, ...decodeLogprobs(message, vocabulary, field) };
}

/** What of log-probabilities the message carries. */
function decodeLogprobs(
  { candidateIds, candidateLogprobs, topLogprobs }: wire.TargetDistribution,
  vocabulary: Vocabulary,
  field: string,
): Pick<TargetDistribution, 'logprobs' | 'topLogprobs'> {
  if (candidateLogprobs.length === 0) return {};
  const count = candidateIds.length;
  listLength(candidateLogprobs.length, count, count, `${field}.candidate_logprobs`);
  candidateLogprobs.forEach((logprob, i) => checkLogprob(logprob, `${field}.candidate_logprobs[${i}]`));
  listLength(topLogprobs.length, 0, limits.logprobs, `${field}.top_logprobs`);
  const top = topLogprobs.map(({ tokenId, logprob }, i) => ({
    id: checkTokenId(tokenId, vocabulary, `${field}.top_logprobs[${i}].token_id`),
    logprob: checkLogprob(logprob, `${field}.top_logprobs[${i}].logprob`),
  }));
  return { logprobs: candidateLogprobs, topLogprobs: top };
}

/** A log-probability may be -Infinity; rounding may lift one a little above 0. */
export function checkLogprob(value: number, field: string): number {
  if (value <= 1e-3) return value;
  throw invalidArgument(field, `is ${value}, not a log-probability`);
}

/** Equal lengths, ids known and distinct, probabilities in [0, 1], a total of 1 together with the tail. */
function checkCandidates(
  ids: readonly number[],
  probabilities: readonly number[],
  tail: number,
  vocabulary: Vocabulary,
  field: string,
): void {
  listLength(ids.length, 1, limits.candidates, `${field}.candidate_ids`);
  listLength(probabilities.length, ids.length, ids.length, `${field}.candidate_probabilities`);
  const bad = firstUnusable(ids, vocabulary);
  if (bad >= 0) throw unusable(ids, bad, vocabulary, `${field}.candidate_ids`);

  let sum = tail;
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i]!;
    if (!(probability >= 0 && probability <= largestProbability)) {
      throw invalidArgument(`${field}.candidate_probabilities[${i}]`, `is ${probability}, not in [0, 1]`);
    }
    sum += probability;
  }
  if (Math.abs(sum - 1) > sumTolerance) {
    throw invalidArgument(`${field}.candidate_probabilities`, `sums to ${sum}, not to 1`);
  }
}
