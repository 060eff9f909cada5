import { SpeculationError } from './error.js';
import { type BlockRule, blockRule } from './stopping.js';
import type { DraftBlock, DraftLimits, DraftedToken } from './types.js';

/** What of a draft's answer can be used, and what is wrong with the rest. */
export interface CheckedDraft {
  readonly tokens: readonly DraftedToken[];
  /** Set when the answer breaks the contract: the draft must not be asked again. */
  readonly fault?: SpeculationError;
}

/**
 * Holds a draft's answer against what was asked. `heldAtMost` is the length its cache can have at most.
 *
 * The tokens before the first fault stay usable, and must be used: whether token j is at fault may depend on the
 * tokens before it, so throwing those away would be a choice that depends on sampled tokens and bias the output.
 * Cutting at j is what a stop before sampling j does.
 */
export function checkDraft(block: DraftBlock, limits: DraftLimits, heldAtMost: number): CheckedDraft {
  const rule = blockRule(limits);
  for (const [index, token] of block.tokens.entries()) {
    const last = index === block.tokens.length - 1;
    const problem = index >= limits.maxTokens ? 'more tokens than asked for' : tokenProblem(token, last, rule);
    if (problem !== undefined) {
      return { tokens: block.tokens.slice(0, index), fault: fault(`tokens[${index}]`, problem) };
    }
    // What was sampled decides here, so the token itself has to stay.
    const ending = rule.after(token);
    if (ending !== undefined && !last) {
      const tokens = block.tokens.slice(0, index + 1);
      return { tokens, fault: fault(`tokens[${index + 1}]`, `the block was to end before it, for ${ending}`) };
    }
  }
  const { tokens, kvLength, stoppingEntropy } = block;
  if (!(Number.isInteger(kvLength) && kvLength >= 0 && kvLength <= heldAtMost)) {
    return { tokens, fault: fault('kvLength', `${kvLength} is not a length in [0, ${heldAtMost}]`) };
  }
  if (stoppingEntropy !== undefined && !(stoppingEntropy >= 0 && stoppingEntropy < Infinity)) {
    return { tokens, fault: fault('stoppingEntropy', `${stoppingEntropy} is not an entropy`) };
  }
  return { tokens };
}

function tokenProblem(token: DraftedToken, last: boolean, rule: BlockRule): string | undefined {
  const { candidates, entropy, id, topProbability } = token;
  if (!(entropy >= 0 && entropy < Infinity)) return `${entropy} is not an entropy`;
  if (!(topProbability >= 0 && topProbability <= 1)) return `${topProbability} is not a probability`;
  if (candidates.ids.length !== candidates.probabilities.length) return 'candidates without probability';
  if (new Set(candidates.ids).size !== candidates.ids.length) return 'a candidate twice';
  if (!candidates.ids.every((candidate) => Number.isInteger(candidate) && candidate >= 0)) return 'no token id';
  if (!candidates.probabilities.every((p) => p >= 0 && p <= 1)) return 'a candidate without a probability in [0, 1]';
  if (!((candidates.probabilities[candidates.ids.indexOf(id)] ?? 0) > 0)) return 'not one of its candidates';
  const passless = token.source === 'ngram' ? undefined : rule.beforePass();
  if (passless !== undefined) return `proposed although the block was to end before it, for ${passless}`;
  const stopping = rule.at(token);
  if (stopping && !(last && stopping.proposes)) return `entropy ${entropy}, top probability ${topProbability} say stop`;
  return undefined;
}

function fault(field: string, message: string): SpeculationError {
  return new SpeculationError('invalid_draft', field, message);
}
