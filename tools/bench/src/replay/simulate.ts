/** A generation replayed: the rounds of decode(), with recorded figures for models and a profile for a clock. */
import { type DraftPolicy, type DraftStopReason, capLimits, figuresOf, roomInBlock } from '@outrider/speculation';
import { type ReplayedBlock, replayBlock } from './block.js';
import type { RoundCosts } from './costs.js';
import type { Acceptances, TextPath } from './path.js';
import type { ReplayRound } from './types.js';

/** Sums over the rounds of one or more generations. */
export interface ReplayTotals {
  generations: number;
  tokens: number;
  rounds: number;
  ms: number;
  /** Of the first round of each generation. */
  firstTokens: number;
  firstMs: number;
  drafted: number;
  accepted: number;
  passes: number;
  acceptedPasses: number;
  readonly stopReasons: Partial<Record<DraftStopReason, number>>;
  readonly acceptedHistogram: number[];
}

export function emptyTotals(): ReplayTotals {
  const counts = { generations: 0, tokens: 0, rounds: 0, drafted: 0, accepted: 0, passes: 0, acceptedPasses: 0 };
  return { ...counts, ms: 0, firstTokens: 0, firstMs: 0, stopReasons: {}, acceptedHistogram: [] };
}

/**
 * Runs `policy`, a fresh one as for any generation, over one text and adds what happened to `totals`. What is
 * drawn is in `acceptances`; everything else follows, so the same arguments give the same rounds.
 */
export function simulate(
  path: TextPath,
  acceptances: Acceptances,
  policy: DraftPolicy,
  costs: RoundCosts,
  totals: ReplayTotals,
  onRound?: (round: ReplayRound) => void,
): void {
  const { maxTokens, places, text } = path;
  const state: Standing = { position: 0, waiting: 1, headStartMs: 0 };
  totals.generations++;
  while (state.position < places.length) {
    const { position } = state;
    const lambda = policy.lambda;
    const wanted = policy.nextLimits();
    const room = roomInBlock(text.promptTokens + position, costs.blockTokens);
    const limits = capLimits(wanted, maxTokens - position, room);
    const asks = wanted.maxTokens > 0 && limits.maxTokens > 0;
    const block = asks
      ? replayBlock(path, position, limits, acceptances, state.waiting, costs.draft)
      : nothing(wanted.maxTokens === 0 ? 'off' : 'max_tokens', state.waiting);
    const { accepted, computeMs, passes, stopReason } = block;
    const drafted = block.tokens.length;
    const draftMs = asks ? Math.max(0, costs.draft.roundTripMs + computeMs - state.headStartMs) : 0;
    const targetMs = costs.targetMs[1 + drafted] as number;
    policy.observe({
      drafted,
      accepted,
      maxTokens: limits.maxTokens,
      stopReason,
      figures: block.tokens.map(figuresOf),
      cost: {
        draftMs,
        draftComputeMs: computeMs,
        draftPasses: passes,
        draftTaken: asks ? state.waiting : 0,
        targetMs,
        targetTokens: 1 + drafted,
      },
    });
    const emitted = accepted + (block.ends ? 0 : 1);
    const ms = draftMs + targetMs + costs.orchestratorMs;
    onRound?.({ position, drafted, accepted, emitted, passes, stopReason, ms, lambda });
    addRound(totals, block, emitted, ms, position === 0);
    advance(state, block, emitted, acceptances, costs.overlap * targetMs);
  }
}

/** Where a generation stands between two rounds. */
export interface Standing {
  /** Tokens emitted. */
  position: number;
  /** Committed tokens that the draft's model has not taken in, at least 1. */
  waiting: number;
  /** What of the next block is drafted already. */
  headStartMs: number;
}

/** The standing after a round. `aheadMs` is how long the draft could work ahead, would it have bet right. */
export function advance(
  state: Standing,
  block: Pick<ReplayedBlock, 'accepted' | 'waiting'> & { readonly tokens: { readonly length: number } },
  emitted: number,
  acceptances: Acceptances,
  aheadMs: number,
): void {
  const { accepted, tokens, waiting } = block;
  // The model holds all but the waiting ones; of those it holds, the rejected are taken back.
  const rejected = tokens.length - accepted;
  const next = state.position + accepted;
  state.waiting = Math.max(0, waiting - rejected) + (emitted - accepted);
  // Ahead of the answer the draft bets that its block is accepted, and on its own token behind that.
  state.headStartMs = rejected === 0 && acceptances.own[next] === 1 ? aheadMs : 0;
  state.position += emitted;
}

function nothing(stopReason: DraftStopReason, waiting: number): ReplayedBlock {
  return { tokens: [], stopReason, accepted: 0, acceptedPasses: 0, passes: 0, computeMs: 0, waiting, ends: false };
}

function addRound(totals: ReplayTotals, block: ReplayedBlock, emitted: number, ms: number, first: boolean): void {
  const { accepted, acceptedPasses, passes, stopReason, tokens } = block;
  totals.rounds++;
  totals.tokens += emitted;
  totals.ms += ms;
  if (first) {
    totals.firstTokens += emitted;
    totals.firstMs += ms;
  }
  totals.drafted += tokens.length;
  totals.accepted += accepted;
  totals.passes += passes;
  totals.acceptedPasses += acceptedPasses;
  totals.stopReasons[stopReason] = (totals.stopReasons[stopReason] ?? 0) + 1;
  while (totals.acceptedHistogram.length <= accepted) totals.acceptedHistogram.push(0);
  totals.acceptedHistogram[accepted] = (totals.acceptedHistogram[accepted] as number) + 1;
}
