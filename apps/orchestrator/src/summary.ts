import type { GeneratedToken, GenerationFinished, RoundReport } from '@outrider/contracts';
import type { DraftedToken, RoundEvent } from '@outrider/speculation';

/** A round as clients see it. */
export function reportRound(event: RoundEvent): RoundReport {
  const { draft, scores, timing } = event;
  return {
    round: event.round,
    drafted: event.drafted,
    accepted: event.accepted,
    stopReason: event.stopReason,
    entropies: event.entropies,
    stoppingEntropy: event.stoppingEntropy,
    lambda: event.lambda,
    draftMs: timing?.draftMs ?? 0,
    targetMs: timing?.targetMs ?? 0,
    draftComputeMs: draft?.computeMs ?? 0,
    targetComputeMs: scores.computeMs,
    targetQueueMs: scores.queueMs,
    roundMs: timing?.roundMs ?? 0,
    draftPasses: draft?.passes ?? 0,
    draftedBySource: countSources(draftedTokens(event)),
    targetBatchSize: scores.batchSize,
  };
}

/** The drafted tokens that were scored. */
function draftedTokens({ draft, drafted }: RoundEvent): readonly DraftedToken[] {
  return draft?.tokens.slice(0, drafted) ?? [];
}

function countSources(tokens: readonly DraftedToken[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { source = 'neural' } of tokens) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}

/** What a generation was, added up round by round. Times are milliseconds of one clock, from any start. */
export interface Tally {
  /** `tokens` are those of the round's that belong to the text. */
  add(event: RoundEvent, tokens: readonly GeneratedToken[], now: number): void;
  /** Everything but the text that is left over, what ended it, and the fate of the draft. */
  finish(now: number): Pick<GenerationFinished, 'usage' | 'timing'> & {
    readonly speculation: Omit<GenerationFinished['speculation'], 'draftLost'>;
  };
}

export interface TallyStart {
  readonly startedAt: number;
  readonly policy: string;
  readonly promptTokens: number;
  readonly cachedTokens: number;
}

export function createTally({ startedAt, policy, promptTokens, cachedTokens }: TallyStart): Tally {
  const drafting = draftingTally();
  const passing = timeTally();
  const sources = { accepted: 0, recovered: 0, bonus: 0 };
  let rounds = 0;
  let completionTokens = 0;
  let firstAt = startedAt;
  return {
    add(event, tokens, now) {
      if (rounds === 0) firstAt = now;
      rounds++;
      completionTokens += tokens.length;
      for (const { source } of tokens) sources[source]++;
      drafting.add(event);
      passing.add(event);
    },
    finish(now) {
      const seconds = (now - firstAt) / 1000;
      return {
        usage: { promptTokens, completionTokens, cachedTokens },
        speculation: {
          policy,
          rounds,
          ...drafting.sums(),
          meanAcceptanceLength: rounds > 0 ? completionTokens / rounds : 0,
          acceptedTokens: sources.accepted,
          recoveredTokens: sources.recovered,
          bonusTokens: sources.bonus,
        },
        timing: {
          timeToFirstTokenMs: firstAt - startedAt,
          totalMs: now - startedAt,
          tokensPerSecond: seconds > 0 ? Math.max(0, completionTokens - 1) / seconds : 0,
          ...passing.sums(),
        },
      };
    },
  };
}

/** What was drafted, and what became of it. */
function draftingTally() {
  const stopReasons: Record<string, number> = {};
  const positions: { drafted: number; accepted: number }[] = [];
  const acceptedLengths: number[] = [];
  let drafted = 0;
  let accepted = 0;
  let entropy = 0;
  let draftPasses = 0;
  let discardedPasses = 0;
  const sources: Record<string, { drafted: number; accepted: number }> = {};
  const addSources = (event: RoundEvent): void => {
    for (const [place, { source = 'neural' }] of draftedTokens(event).entries()) {
      const counts = (sources[source] ??= { drafted: 0, accepted: 0 });
      counts.drafted++;
      if (place < event.accepted) counts.accepted++;
    }
    const passes = event.draft?.passes ?? 0;
    const proposed = event.draft?.tokens.filter(({ source }) => source !== 'ngram').length ?? 0;
    draftPasses += passes;
    discardedPasses += Math.max(0, passes - proposed);
  };
  return {
    add(event: RoundEvent): void {
      drafted += event.drafted;
      accepted += event.accepted;
      stopReasons[event.stopReason] = (stopReasons[event.stopReason] ?? 0) + 1;
      for (const each of event.entropies) entropy += each;
      addSources(event);
      for (let place = 0; place < event.drafted; place++) {
        const counts = (positions[place] ??= { drafted: 0, accepted: 0 });
        counts.drafted++;
        if (place < event.accepted) counts.accepted++;
      }
      while (acceptedLengths.length <= event.accepted) acceptedLengths.push(0);
      acceptedLengths[event.accepted] = (acceptedLengths[event.accepted] ?? 0) + 1;
    },
    sums: () => ({
      drafted,
      accepted,
      acceptanceRate: drafted > 0 ? accepted / drafted : 0,
      stopReasons,
      positions,
      acceptedLengths,
      meanEntropy: drafted > 0 ? entropy / drafted : 0,
      discarded: drafted - accepted,
      discardedPasses,
      draftPasses,
      sources,
    }),
  };
}

/** Where the rounds' time went. */
function timeTally() {
  let draftMs = 0;
  let targetMs = 0;
  let queueMs = 0;
  let roundMs = 0;
  return {
    add({ draft, scores, timing }: RoundEvent): void {
      draftMs += draft?.computeMs ?? 0;
      targetMs += scores.computeMs;
      queueMs += scores.queueMs;
      roundMs += timing?.roundMs ?? 0;
    },
    sums: () => ({ draftMs, targetMs, queueMs, networkMs: Math.max(0, roundMs - draftMs - targetMs - queueMs) }),
  };
}
