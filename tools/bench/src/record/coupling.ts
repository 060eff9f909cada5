/**
 * Acceptance seen from the emitted token. Rejection acceptance (Leviathan et al., arXiv:2211.17192, algorithm 1) couples
 * the drafted token w ~ q and the emitted x ~ p maximally: P(w = x = t) = min(p(t), q(t)), and otherwise w and x are
 * drawn independently of each other, w from `norm(max(0, q - p))` and x from `norm(max(0, p - q))`.
 */
import type { SparseDistribution, TargetDistribution, TokenId } from '@outrider/speculation';

export interface Coupling {
  /** P(w = x | x): min(1, q(x)/p(x)). */
  readonly acceptance: number;
  /** sum min(p, q). */
  readonly expectedAcceptance: number;
  /** max(0, q - p) of the draft's candidates, not normalised. */
  readonly rejectedWeights: readonly number[];
}

/** Acceptances that fall this little short of 1 are 1 but for rounding. */
const ROUNDING = 1e-6;

/** Each candidate of the draft is one of the target's, or that has no tail. Probabilities may be rounded. */
export function coupling(draftProbs: SparseDistribution, targetProbs: TargetDistribution, emitted: TokenId): Coupling {
  const draftTotal = draftProbs.probabilities.reduce((a, b) => a + b);
  const targetTotal = targetProbs.probabilities.reduce((a, b) => a + b, targetProbs.tailProbability);
  const target = new Map(targetProbs.ids.map((id, i) => [id, (targetProbs.probabilities[i] as number) / targetTotal]));
  let acceptance = 0;
  let expectedAcceptance = 0;
  const rejectedWeights = draftProbs.ids.map((id, i) => {
    const q = (draftProbs.probabilities[i] as number) / draftTotal;
    const p = target.get(id) ?? 0;
    if (id === emitted) acceptance = q >= p * (1 - ROUNDING) ? 1 : q / p;
    expectedAcceptance += Math.min(p, q);
    return Math.max(0, q - p);
  });
  return { acceptance, expectedAcceptance: Math.min(1, expectedAcceptance), rejectedWeights };
}
