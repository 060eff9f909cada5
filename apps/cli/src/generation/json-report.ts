import type { GeneratedToken } from '@outrider/contracts';
import type { TokenSource } from '@outrider/speculation';
import type { Comparison } from './compare.js';
import type { Generation } from './generation.js';

/** The object `--json` prints; its words are those of the public API (outrider.v1), which explains them. */
export interface JsonReport {
  readonly text: string;
  readonly tokens: readonly JsonToken[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly cached_tokens: number;
  };
  readonly speculation: JsonSpeculation;
  /** Milliseconds, but for the rate. */
  readonly timing: {
    readonly time_to_first_token_ms: number;
    readonly total_ms: number;
    readonly tokens_per_second: number;
    readonly draft_ms: number;
    readonly target_ms: number;
    readonly queue_ms: number;
    readonly network_ms: number;
  };
  readonly finish_reason: 'stop' | 'length';
  /** The stop string that ended the text; null when none did. */
  readonly stop: string | null;
  /** What was drafted with: neural, ngram or hybrid; null without a draft. */
  readonly draft_kind: string | null;
  readonly session_id: string;
  /** Where the text was generated; the draft's is null without one. */
  readonly target_replica: string;
  readonly draft_replica: string | null;
  /** The seed in use, in decimal: it may be larger than a JavaScript number holds. */
  readonly seed: string;
  /** Only with `--compare`. */
  readonly comparison?: JsonComparison;
}

export interface JsonToken {
  readonly id: number;
  readonly text: string;
  readonly source: TokenSource;
  /** Only with `--logprobs`. */
  readonly logprob?: number;
  readonly top_logprobs?: readonly { readonly id: number; readonly text: string; readonly logprob: number }[];
}

export interface JsonSpeculation {
  readonly policy: string;
  readonly rounds: number;
  readonly drafted: number;
  readonly accepted: number;
  readonly acceptance_rate: number;
  readonly mean_acceptance_length: number;
  readonly stop_reasons: Readonly<Record<string, number>>;
  readonly draft_lost: boolean;
  readonly positions: readonly { readonly drafted: number; readonly accepted: number }[];
  readonly accepted_lengths: readonly number[];
  readonly mean_entropy: number;
  readonly discarded: number;
  readonly discarded_passes: number;
  readonly accepted_tokens: number;
  readonly recovered_tokens: number;
  readonly bonus_tokens: number;
  readonly sources: Readonly<Record<string, { readonly drafted: number; readonly accepted: number }>>;
  readonly draft_passes: number;
}

export interface JsonComparison {
  /** Median tokens per second with the policy asked for, and target-only. */
  readonly tokens_per_second: number;
  readonly target_only_tokens_per_second: number;
  readonly speedup: number;
  /** Whether every run gave the same tokens; null where they may differ. */
  readonly same_text: boolean | null;
  readonly runs: readonly { readonly policy: string; readonly tokens_per_second: number; readonly tokens: number }[];
}

export function jsonReport(generation: Generation, comparison?: Comparison): JsonReport {
  const { usage, speculation, timing, reason, stop } = generation.finished;
  return {
    text: generation.text,
    tokens: generation.tokens.map(jsonToken),
    usage: {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      cached_tokens: usage.cachedTokens,
    },
    speculation: jsonSpeculation(speculation),
    timing: {
      time_to_first_token_ms: timing.timeToFirstTokenMs,
      total_ms: timing.totalMs,
      tokens_per_second: timing.tokensPerSecond,
      draft_ms: timing.draftMs,
      target_ms: timing.targetMs,
      queue_ms: timing.queueMs,
      network_ms: timing.networkMs,
    },
    finish_reason: reason,
    stop: stop === '' ? null : stop,
    draft_kind: generation.started.draftKind ?? null,
    session_id: generation.started.sessionId,
    target_replica: generation.started.targetReplica,
    draft_replica: generation.started.draftReplica || null,
    seed: String(generation.started.seed),
    ...(comparison === undefined ? {} : { comparison: jsonComparison(comparison) }),
  };
}

function jsonToken({ id, text, source, logprob, topLogprobs = [] }: GeneratedToken): JsonToken {
  if (logprob === undefined) return { id, text, source };
  return { id, text, source, logprob, top_logprobs: topLogprobs.map((top) => ({ ...top })) };
}

function jsonSpeculation(speculation: Generation['finished']['speculation']): JsonSpeculation {
  return {
    policy: speculation.policy,
    rounds: speculation.rounds,
    drafted: speculation.drafted,
    accepted: speculation.accepted,
    acceptance_rate: speculation.acceptanceRate,
    mean_acceptance_length: speculation.meanAcceptanceLength,
    stop_reasons: speculation.stopReasons,
    draft_lost: speculation.draftLost,
    positions: speculation.positions,
    accepted_lengths: speculation.acceptedLengths,
    mean_entropy: speculation.meanEntropy,
    discarded: speculation.discarded,
    discarded_passes: speculation.discardedPasses,
    accepted_tokens: speculation.acceptedTokens,
    recovered_tokens: speculation.recoveredTokens,
    bonus_tokens: speculation.bonusTokens,
    sources: speculation.sources,
    draft_passes: speculation.draftPasses,
  };
}

function jsonComparison(comparison: Comparison): JsonComparison {
  return {
    tokens_per_second: comparison.tokensPerSecond,
    target_only_tokens_per_second: comparison.targetOnlyTokensPerSecond,
    speedup: comparison.speedup,
    same_text: comparison.sameText ?? null,
    runs: comparison.runs.map(({ policy, tokensPerSecond, tokens }) => ({
      policy,
      tokens_per_second: tokensPerSecond,
      tokens: tokens.length,
    })),
  };
}
