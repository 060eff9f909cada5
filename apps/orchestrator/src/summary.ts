import type { GenerationFinished, RoundReport } from '@outrider/contracts';
import type { RoundEvent } from '@outrider/speculation';

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
  };
}

/** What a generation was, added up round by round. Times are milliseconds of one clock, from any start. */
export interface Tally {
  add(event: RoundEvent, now: number): void;
  /** Everything but the text that is left over and the fate of the draft. */
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
  const stopReasons: Record<string, number> = {};
  let rounds = 0;
  let drafted = 0;
  let accepted = 0;
  let completionTokens = 0;
  let firstAt = startedAt;
  return {
    add(event, now) {
      if (rounds === 0) firstAt = now;
      rounds++;
      drafted += event.drafted;
      accepted += event.accepted;
      completionTokens += event.emitted.length;
      stopReasons[event.stopReason] = (stopReasons[event.stopReason] ?? 0) + 1;
    },
    finish(now) {
      const seconds = (now - firstAt) / 1000;
      return {
        usage: { promptTokens, completionTokens, cachedTokens },
        speculation: {
          policy,
          rounds,
          drafted,
          accepted,
          acceptanceRate: drafted > 0 ? accepted / drafted : 0,
          meanAcceptanceLength: rounds > 0 ? completionTokens / rounds : 0,
          stopReasons,
        },
        timing: {
          timeToFirstTokenMs: firstAt - startedAt,
          totalMs: now - startedAt,
          tokensPerSecond: seconds > 0 ? Math.max(0, completionTokens - 1) / seconds : 0,
        },
      };
    },
  };
}
