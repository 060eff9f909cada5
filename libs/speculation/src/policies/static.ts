import type { DraftPolicy } from '../policy.js';
import type { DraftLimits } from '../types.js';
import { checkDraftLength } from './checks.js';

/** Always the same draft length. Throws invalid_policy. */
export function staticLength(draftTokens: number): DraftPolicy {
  checkDraftLength('draftTokens', draftTokens);
  return fixed(`static:${draftTokens}`, draftTokens);
}

/** No drafting: the target alone, one token a round. */
export function off(): DraftPolicy {
  return fixed('off', 0);
}

function fixed(name: string, maxTokens: number): DraftPolicy {
  const limits: DraftLimits = {
    maxTokens,
    minTokens: maxTokens,
    maxEntropy: Infinity,
    minTopProbability: 0,
    proposeStopped: false,
  };
  return { name, nextLimits: () => limits, observe: () => undefined };
}
