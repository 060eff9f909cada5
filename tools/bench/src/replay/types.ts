/** What a replay takes and gives. */
import type { DraftPolicy, DraftStopReason, LearnedWeights } from '@outrider/speculation';
import type { DeviceProfile } from '../profiles/types.js';
import type { Trace } from '../trace/types.js';
import type { PromptKind } from '../workload/prompts.js';

/**
 * A name that parsePolicy reads, or a policy made in another way. `create` is called for each text, in order, with what
 * it made for the text before. A named policy with a warm start (`:warm`) starts from what the text before it taught.
 */
export type ReplayPolicy = string | { readonly name: string; create(previous?: DraftPolicy): DraftPolicy };

export interface ReplayRequest {
  readonly trace: Trace;
  readonly policies: readonly ReplayPolicy[];
  readonly profile: DeviceProfile;
  /** One replay of every text for each. At temperature 0 all give the same. */
  readonly seeds: readonly bigint[];
  /** For `learned`. */
  readonly learned?: LearnedWeights;
}

/** One policy over all texts, or those of one kind, under one profile. */
export interface ReplayRow {
  readonly policy: string;
  readonly profile: string;
  readonly temperature: number;
  readonly kind: PromptKind | 'all';
  /** Texts times seeds. */
  readonly generations: number;
  readonly tokens: number;
  readonly rounds: number;
  /** Of all rounds; no prefill. */
  readonly totalMs: number;
  readonly tokensPerSecond: number;
  /** Without each generation's first round, which is how a real run is measured. */
  readonly decodeTokensPerSecond: number;
  /** Against `off` over the same texts. */
  readonly speedupOverOff: number;
  /** Tokens per target pass. */
  readonly acceptedLength: number;
  readonly drafted: number;
  readonly accepted: number;
  /** accepted / drafted; absent when nothing was drafted. */
  readonly acceptanceRate?: number;
  /** Passes of the draft model, and those of them that gave no accepted token. */
  readonly passes: number;
  readonly wastedPasses: number;
  readonly stopReasons: Readonly<Partial<Record<DraftStopReason, number>>>;
  /** Rounds by accepted tokens. */
  readonly acceptedHistogram: readonly number[];
  /** With every block as long as it should have been in hindsight, over the same draws. */
  readonly clairvoyantTokensPerSecond: number;
  /** tokensPerSecond / clairvoyantTokensPerSecond, in (0, 1]. */
  readonly clairvoyantShare: number;
}

/** One round of a replay, for whoever wants to look on. */
export interface ReplayRound {
  /** Place of the block's first token in the text. */
  readonly position: number;
  readonly drafted: number;
  readonly accepted: number;
  readonly emitted: number;
  readonly passes: number;
  readonly stopReason: DraftStopReason;
  readonly ms: number;
  /** In force for this round, where the policy has one. */
  readonly lambda: number | undefined;
}
