/**
 * What an index's text says comes next: the tokens that followed earlier occurrences of its last tokens, by their
 * counts, over all lengths of context at once.
 *
 * With c(t) times token t after the context of k tokens, c times any token, d different ones, and e = 2 d,
 *
 *     P_k(t) = (c(t) + e P_(k-1)(t)) / (c + e),    P_0(t) = count of t / tokens of the text
 *
 * which is Witten and Bell's interpolation ("The zero-frequency problem", IEEE Transactions on Information Theory 37(4),
 * 1991, method C), as in PPM, with twice their weight for the shorter context. With it, in greedy texts of the default
 * target, the most probable token is right as often as P says: .50 of the time between .5 and .6, .64, .72 and .80 up to
 * .9, .93 from .95 on (with e = d it was .31, .47, .55, .69 and .86). So a context seen once is a third sure of its one
 * follower, and each longer one that agrees adds a third of the rest: .33, .56, .70, .80, ..., .96.
 *
 * The text is the text of one session: of a context that is frequent in it, the latest occurrences count.
 */
import type { TokenId } from '@outrider/speculation';
import { LONGEST_CONTEXT, type SuffixIndex, countLog } from './suffix-index.js';

/** Occurrences of a context that count, the latest. Bounds the time of a prediction. */
const MOST_OCCURRENCES = 64;

/** e / d. */
const ESCAPE_WEIGHT = 2;

export interface Prediction {
  /** Tokens of the longest context that occurred before, at least 1. */
  readonly matchLength: number;
  /** Most probable first; of equals, the one that followed last. */
  readonly ids: readonly TokenId[];
  readonly probabilities: readonly number[];
  /** Of all other tokens together. */
  readonly rest: { readonly probability: number; readonly entropyPart: number };
}

interface Candidate {
  readonly id: TokenId;
  /** Where it followed last. */
  place: number;
  /** By context length - 1. */
  readonly counts: number[];
  probability: number;
}

/** Undefined when the last token has not occurred before. At most `maxCandidates` tokens are named. */
export function predict(index: SuffixIndex, maxCandidates: number): Prediction | undefined {
  const candidates = new Map<TokenId, Candidate>();
  const totals: number[] = [];
  for (let length = 1; length <= LONGEST_CONTEXT; length++) {
    let total = 0;
    index.visitFollowers(length, MOST_OCCURRENCES, (place) => {
      total++;
      const id = index.tokens[place] as TokenId;
      let candidate = candidates.get(id);
      if (candidate === undefined) {
        candidate = { id, place, counts: [], probability: 0 };
        candidates.set(id, candidate);
      }
      candidate.place = Math.max(candidate.place, place);
      candidate.counts[length - 1] = (candidate.counts[length - 1] ?? 0) + 1;
    });
    if (total === 0) break;
    totals.push(total);
  }
  if (totals.length === 0) return undefined;
  const all = [...candidates.values()];
  const unigrams = interpolate(index, all, totals);
  all.sort((a, b) => b.probability - a.probability || b.place - a.place);
  return {
    matchLength: totals.length,
    ids: all.slice(0, maxCandidates).map(({ id }) => id),
    probabilities: all.slice(0, maxCandidates).map(({ probability }) => probability),
    rest: restOf(index, all, unigrams, maxCandidates),
  };
}

/** Fills in the candidates' probabilities; answers the share of the unigrams in them. */
function interpolate(index: SuffixIndex, candidates: readonly Candidate[], totals: readonly number[]): number {
  const { length } = index.tokens;
  for (const candidate of candidates) candidate.probability = index.countOf(candidate.id) / length;
  let unigrams = 1;
  for (const [order, total] of totals.entries()) {
    let different = 0;
    for (const { counts } of candidates) if (counts[order] !== undefined) different++;
    const escape = ESCAPE_WEIGHT * different;
    for (const candidate of candidates) {
      const count = candidate.counts[order] ?? 0;
      candidate.probability = (count + escape * candidate.probability) / (total + escape);
    }
    unigrams *= escape / (total + escape);
  }
  return unigrams;
}

/** The tokens that followed no occurrence, which have their share of the unigrams, and the candidates not named. */
function restOf(
  index: SuffixIndex,
  candidates: readonly Candidate[],
  unigrams: number,
  maxCandidates: number,
): Prediction['rest'] {
  const { length } = index.tokens;
  let count = length;
  let countLogs = index.sumOfCountLogs();
  for (const { id } of candidates) {
    count -= index.countOf(id);
    countLogs -= countLog(index.countOf(id));
  }
  // With w = unigrams / length and counts n: -sum of w n ln(w n).
  const weight = unigrams / length;
  let probability = weight * count;
  let entropyPart = count > 0 ? Math.max(0, -weight * (countLogs + count * Math.log(weight))) : 0;
  for (const candidate of candidates.slice(maxCandidates)) {
    probability += candidate.probability;
    entropyPart -= countLog(candidate.probability);
  }
  return { probability, entropyPart };
}
