import { SpeculationError } from './error.js';
import type { BlockScores, DraftedToken, TargetDistribution } from './types.js';

/**
 * Holds a target's answer against what was asked, once, so that acceptance can trust it. `heldAtMost` is the
 * length its cache can have at most; `byProbability`, whether acceptance will ask for the probability of the draft's
 * candidates, as it does unless it is coupled. Throws invalid_scores: without the target's law there is nothing to emit.
 */
export function checkScores(
  scores: BlockScores,
  draft: readonly DraftedToken[],
  heldAtMost: number,
  byProbability = true,
): void {
  const { kvLength, positions } = scores;
  if (positions.length !== draft.length + 1) {
    throw fault('positions', `${positions.length} distributions for ${draft.length} drafted tokens`);
  }
  if (!(Number.isInteger(kvLength) && kvLength >= 0 && kvLength <= heldAtMost)) {
    throw fault('kvLength', `${kvLength} is not a length in [0, ${heldAtMost}]`);
  }
  for (const [index, target] of positions.entries()) {
    const problem = distributionProblem(target, byProbability ? draft[index] : undefined);
    if (problem !== undefined) throw fault(`positions[${index}]`, problem);
  }
}

function distributionProblem(target: TargetDistribution, drafted: DraftedToken | undefined): string | undefined {
  const { ids, impasse, probabilities, tailProbability } = target;
  if (impasse) return ids.length === 0 && tailProbability === 0 ? undefined : 'an impasse with a way on';
  if (ids.length !== probabilities.length) return 'candidates without probability';
  const known = new Set(ids);
  if (known.size !== ids.length) return 'a candidate twice';
  if (!ids.every((id) => Number.isInteger(id) && id >= 0)) return 'no token id';
  if (!probabilities.every(isProbability) || !isProbability(tailProbability)) return 'no probability in [0, 1]';
  if (tailProbability === 0) return probabilities.some((p) => p > 0) ? undefined : 'no mass at all';
  // With a tail, a drafted candidate that is not among the target's has an unknown probability.
  const missing = drafted?.candidates.ids.find((id) => !known.has(id));
  return missing === undefined ? undefined : `the draft's candidate ${missing} is neither known nor excluded`;
}

/** Float rounding may lift a sum a little above 1. */
function isProbability(value: number): boolean {
  return value >= 0 && value <= 1 + 1e-5;
}

function fault(field: string, message: string): SpeculationError {
  return new SpeculationError('invalid_scores', field, message);
}
