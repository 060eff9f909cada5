import { checkDraft } from './draft-check.js';
import { type Generation, cachePosition } from './generation.js';
import type { DraftBlock, DraftLimits, DraftStopReason, DraftedToken } from './types.js';

/** What a round starts from: tokens to score, possibly none, and why there are no more. */
export interface Proposal {
  readonly tokens: readonly DraftedToken[];
  readonly stopReason: DraftStopReason;
  /** The draft's whole answer. */
  readonly block?: DraftBlock;
  /** Why the draft was given up just now. */
  readonly error?: unknown;
}

/**
 * Asks the draft for a block. `wanted` are the policy's limits, `limits` the same capped to what may be emitted.
 *
 * Never rejects: a draft that fails or breaks the contract is given up, and the generation goes on with what is
 * usable, which for a failure is nothing.
 */
export async function propose(
  generation: Generation,
  round: number,
  wanted: DraftLimits,
  limits: DraftLimits,
): Promise<Proposal> {
  const { committed, drafter } = generation;
  if (wanted.maxTokens === 0) return { tokens: [], stopReason: 'off' };
  if (drafter === undefined) return { tokens: [], stopReason: 'draft_unavailable' };
  if (limits.maxTokens === 0) return { tokens: [], stopReason: 'max_tokens' };
  try {
    const block = await drafter.propose(cachePosition(round, committed, generation.draftHeld), limits);
    const { tokens, fault } = checkDraft(block, limits, committed.length + block.tokens.length);
    if (fault === undefined) return { tokens, stopReason: block.stopReason, block };
    generation.drafter = undefined;
    return { tokens, stopReason: 'draft_unavailable', block, error: fault };
  } catch (error) {
    generation.drafter = undefined;
    return { tokens: [], stopReason: 'draft_unavailable', error };
  }
}
