/**
 * Speculative sampling: Leviathan, Kalman, Matias, arXiv:2211.17192, algorithm 1; Chen et al., arXiv:2302.01318,
 * algorithm 2. Whatever the draft is, the emitted tokens follow the target's law exactly.
 *
 * In the order of the block, a drafted x is accepted with probability min(1, p(x)/q(x)), where q are the
 * draftProbs it was sampled from and p the targetProbs at its place. The first rejection emits a token recovered
 * from norm(max(0, p - q)) and ends the block; a block accepted whole earns a bonus token from p.
 *
 * At temperature 0, p and q are one-hot and the same rule is exact match.
 */
import { race } from './coupling.js';
import type { Chooser, KeyedRandom } from './random.js';
import { SpeculationError } from './error.js';
import type { DraftedToken, EmittedToken, Impasse, SparseDistribution, TargetDistribution, TokenId } from './types.js';

export interface Acceptance {
  /** Drafted tokens that were accepted and emitted. */
  readonly accepted: number;
  /** The accepted tokens and, but for an end of the text or an impasse, the recovered or bonus token; at least one. */
  readonly emitted: readonly EmittedToken[];
}

export interface AcceptanceContext {
  /** Place in the sequence of the block's first token. */
  readonly firstPosition: number;
  /** Set for coupled acceptance: the random numbers of the generation's seed, which the draft draws with too. */
  readonly coupled?: KeyedRandom | undefined;
  readonly chooser: Chooser;
  /** Draws a token outside the candidates of `targetProbs[index]`; asked only when the draw lands there. */
  drawFromTail(index: number): Promise<TokenId>;
  /** Nothing may follow these: an accepted one ends the block, without a bonus token. */
  readonly endTokenIds: ReadonlySet<TokenId>;
}

/**
 * Accepts a prefix of the draft and emits one token more.
 *
 * `targetProbs` has one distribution per drafted token and one more. Every token a draft distribution covers is
 * a candidate of the target distribution at its place, or that has no tail. Probabilities may be rounded: both
 * sides are normalised, and a token of target probability 0 is never emitted. Throws impasse.
 */
export async function accept(
  draft: readonly DraftedToken[],
  targetProbs: readonly TargetDistribution[],
  context: AcceptanceContext,
): Promise<Acceptance> {
  if (context.coupled !== undefined) return acceptCoupled(draft, targetProbs, context, context.coupled);
  const { chooser, endTokenIds, firstPosition } = context;
  const emitted: EmittedToken[] = [];
  for (const [index, drafted] of draft.entries()) {
    const target = targetProbs[index] as TargetDistribution;
    if (target.impasse) return before(target.impasse, emitted);
    const probability = acceptanceProbability(drafted, target);
    const verdict = chooser.choose('accept', firstPosition + index, 0, [probability, 1 - probability]);
    if (verdict !== 0) {
      const id = await draw('residual', index, target, residual(drafted.candidates, target), context);
      return { accepted: index, emitted: [...emitted, { id, source: 'recovered' }] };
    }
    emitted.push({ id: drafted.id, source: 'accepted' });
    if (endTokenIds.has(drafted.id)) return { accepted: index + 1, emitted };
  }
  const last = targetProbs[draft.length] as TargetDistribution;
  if (last.impasse) return before(last.impasse, emitted);
  const id = await draw('bonus', draft.length, last, [...last.probabilities, last.tailProbability], context);
  return { accepted: draft.length, emitted: [...emitted, { id, source: 'bonus' }] };
}

/** The target's own draws, for as long as the draft drew the same; see coupling.ts. */
async function acceptCoupled(
  draft: readonly DraftedToken[],
  targetProbs: readonly TargetDistribution[],
  { drawFromTail, endTokenIds, firstPosition }: AcceptanceContext,
  random: KeyedRandom,
): Promise<Acceptance> {
  const emitted: EmittedToken[] = [];
  for (let index = 0; ; index++) {
    const target = targetProbs[index] as TargetDistribution;
    if (target.impasse) return before(target.impasse, emitted);
    const choice = race(target, target.tailProbability, firstPosition + index, random);
    const id = choice < target.ids.length ? (target.ids[choice] as TokenId) : await drawFromTail(index);
    const drafted = draft[index]?.id;
    if (drafted !== id) {
      emitted.push({ id, source: drafted === undefined ? 'bonus' : 'recovered' });
      return { accepted: index, emitted };
    }
    emitted.push({ id, source: 'accepted' });
    if (endTokenIds.has(id)) return { accepted: index + 1, emitted };
  }
}

/**
 * The text has got to where nothing may follow. What was accepted on the way is emitted first, as the target alone would
 * have; the next round then starts here. Throws impasse when it already does.
 */
function before({ field, message }: Impasse, accepted: readonly EmittedToken[]): Acceptance {
  if (accepted.length === 0) throw new SpeculationError('impasse', field, message);
  return { accepted: accepted.length, emitted: accepted };
}

/** min(1, p(x)/q(x)) for the drafted x. */
export function acceptanceProbability(drafted: DraftedToken, target: TargetDistribution): number {
  const draftProb = probabilityOf(drafted.id, drafted.candidates) / sum(drafted.candidates.probabilities);
  const targetProb = probabilityOf(drafted.id, target) / mass(target);
  return targetProb < draftProb ? targetProb / draftProb : targetProb > 0 ? 1 : 0;
}

/**
 * max(0, p - q) over the target's candidates and, last, its tail (where q is 0). Not normalised.
 *
 * When p and q differ by rounding only, a rejection (all but impossible then) would leave nothing to draw from:
 * the answer is p itself.
 */
export function residual(draftProbs: SparseDistribution, target: TargetDistribution): number[] {
  const draftTotal = sum(draftProbs.probabilities);
  const targetTotal = mass(target);
  const subtracted = new Map(draftProbs.ids.map((id, i) => [id, (draftProbs.probabilities[i] as number) / draftTotal]));
  const weights = target.ids.map((id, i) => {
    const targetProb = (target.probabilities[i] as number) / targetTotal;
    return Math.max(0, targetProb - (subtracted.get(id) ?? 0));
  });
  weights.push(target.tailProbability / targetTotal);
  return weights.some((weight) => weight > 0) ? weights : [...target.probabilities, target.tailProbability];
}

/** Draws from weights over the target's candidates and, last, its tail. */
async function draw(
  purpose: 'residual' | 'bonus',
  index: number,
  target: TargetDistribution,
  weights: readonly number[],
  context: AcceptanceContext,
): Promise<TokenId> {
  const choice = context.chooser.choose(purpose, context.firstPosition + index, 0, weights);
  return choice < target.ids.length ? (target.ids[choice] as TokenId) : context.drawFromTail(index);
}

function probabilityOf(id: TokenId, distribution: SparseDistribution): number {
  return distribution.probabilities[distribution.ids.indexOf(id)] ?? 0;
}

function mass(target: TargetDistribution): number {
  return sum(target.probabilities) + target.tailProbability;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
