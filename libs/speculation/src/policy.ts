import type { RoundCounts } from './adaedl.js';
import type { DraftedFigures, DraftLimits, DraftStopReason } from './types.js';

/** What a policy learns from a round: counts, figures of distributions, costs; never a token. */
export interface RoundOutcome extends RoundCounts {
  readonly stopReason: DraftStopReason;
  /** Of the drafted tokens' distributions, in order. */
  readonly figures: readonly DraftedFigures[];
  /** With a clock. */
  readonly cost?: RoundCost;
}

/** What a round took. Milliseconds. */
export interface RoundCost {
  /** Waiting for the draft: its work and the way there and back. 0 when it was not asked. */
  readonly draftMs: number;
  /** The draft's own work. */
  readonly draftComputeMs: number;
  /** Passes of the draft model. */
  readonly draftPasses: number;
  /** Committed tokens the draft took in before it drafted: one, or more after rounds without it. */
  readonly draftTaken: number;
  /** Waiting for the target. */
  readonly targetMs: number;
  /** Tokens of the target's pass: the committed ones it had not yet seen, and the drafted. */
  readonly targetTokens: number;
  /** Sessions whose blocks shared that pass; 1 when absent. */
  readonly targetSessions?: number;
}

/**
 * How far to draft before checking. A policy turns what it learned from earlier rounds into plain limits for the
 * next block. Of the tokens it sees figures and counts: a rule that saw which ones were sampled could bias the output.
 */
export interface DraftPolicy {
  /** Canonical name, which parsePolicy reads; see policy-spec.ts. */
  readonly name: string;
  nextLimits(): DraftLimits;
  /** Called once per round, with the limits that were really in force. */
  observe(outcome: RoundOutcome): void;
  /** The threshold in force for the next block, of policies whose threshold follows the acceptance rate. */
  readonly lambda?: number;
  /** What it learned, as plain JSON data: the warm start of another generation's policy of the same kind. */
  exportState?(): unknown;
}

/** No policy drafts more tokens than this in one block. */
export const LARGEST_DRAFT_LENGTH = 64;
