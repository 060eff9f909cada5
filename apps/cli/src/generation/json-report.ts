import type { GeneratedToken } from '@outrider/contracts';
import type { Comparison } from './compare.js';
import type { Generation } from './generation.js';

/** The object `--json` prints. Times in milliseconds. */
export interface JsonReport {
  readonly text: string;
  readonly tokens: readonly GeneratedToken[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly cached_tokens: number;
  };
  readonly speculation: {
    readonly policy: string;
    readonly rounds: number;
    readonly drafted: number;
    readonly accepted: number;
    readonly acceptance_rate: number;
    readonly mean_acceptance_length: number;
    readonly stop_reasons: Readonly<Record<string, number>>;
  };
  readonly timing: { readonly time_to_first_token_ms: number; readonly tokens_per_second: number };
  readonly finish_reason: 'stop' | 'length';
  /** Only with `--compare`. */
  readonly comparison?: JsonComparison;
}

export interface JsonComparison {
  /** Median tokens per second with the policy asked for, and target-only. */
  readonly tokens_per_second: number;
  readonly target_only_tokens_per_second: number;
  readonly speedup: number;
  /** Whether every run gave the same tokens; null above temperature 0, where they may differ. */
  readonly same_text: boolean | null;
  readonly runs: readonly { readonly policy: string; readonly tokens_per_second: number; readonly tokens: number }[];
}

export function jsonReport(generation: Generation, comparison?: Comparison): JsonReport {
  const { usage, speculation, timing, reason } = generation.finished;
  return {
    text: generation.text,
    tokens: generation.tokens.map(({ id, text, source }) => ({ id, text, source })),
    usage: {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      cached_tokens: usage.cachedTokens,
    },
    speculation: {
      policy: speculation.policy,
      rounds: speculation.rounds,
      drafted: speculation.drafted,
      accepted: speculation.accepted,
      acceptance_rate: speculation.acceptanceRate,
      mean_acceptance_length: speculation.meanAcceptanceLength,
      stop_reasons: speculation.stopReasons,
    },
    timing: {
      time_to_first_token_ms: timing.timeToFirstTokenMs,
      tokens_per_second: timing.tokensPerSecond,
    },
    finish_reason: reason,
    ...(comparison === undefined ? {} : { comparison: jsonComparison(comparison) }),
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
