/** What is kept of one generation: counts and sums that later figures are computed from. */
import type { TimedGeneration } from '../stack/generate.js';
import { sum } from '../statistics/samples.js';
import type { PromptKind } from '../workload/prompts.js';

/** Which generation it was. Those that differ in the policy alone form a group, measured one after the other. */
export interface MeasurementKey {
  readonly prompt: string;
  readonly kind: PromptKind;
  readonly temperature: number;
  readonly repeat: number;
  /** As the command line names it, with the kind of draft after a blank where several were asked for. */
  readonly policy: string;
}

/** Times in milliseconds, as the client saw them unless a service's own are named. */
export interface Measurement extends MeasurementKey {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly finishReason: 'stop' | 'length';
  readonly timeToFirstTokenMs: number;
  /** From the call to the last token. */
  readonly totalMs: number;
  /** After the first round: excludes the prefill, and the first round's tokens and time alike. */
  readonly decodeTokens: number;
  readonly decodeMs: number;
  /** What the services spent in model passes in those rounds. */
  readonly decodeComputeMs: number;
  readonly rounds: number;
  readonly drafted: number;
  readonly accepted: number;
  /** Rounds by how many of their drafted tokens were accepted, from 0 on. */
  readonly acceptedHistogram: readonly number[];
  readonly stopReasons: Readonly<Record<string, number>>;
  /** Sums over all rounds, as the orchestrator and the services measured them. */
  readonly roundMs: number;
  readonly draftMs: number;
  readonly targetMs: number;
  readonly draftComputeMs: number;
  readonly targetComputeMs: number;
}

export function measurementOf(key: MeasurementKey, generation: TimedGeneration): Measurement {
  const { promptTokens, tokenIds, roundTokens, rounds, firstTokenMs, lastTokenMs, finishReason } = generation;
  const total = (figure: (round: (typeof rounds)[number]) => number): number => sum(rounds.map(figure));
  return {
    ...key,
    promptTokens,
    completionTokens: tokenIds.length,
    finishReason,
    timeToFirstTokenMs: firstTokenMs,
    totalMs: lastTokenMs,
    decodeTokens: sum(roundTokens.slice(1)),
    decodeMs: lastTokenMs - firstTokenMs,
    decodeComputeMs: sum(rounds.slice(1).map((round) => round.draftComputeMs + round.targetComputeMs)),
    rounds: rounds.length,
    drafted: total((round) => round.drafted),
    accepted: total((round) => round.accepted),
    acceptedHistogram: histogram(rounds.map((round) => round.accepted)),
    stopReasons: countBy(rounds.map((round) => round.stopReason)),
    roundMs: total((round) => round.roundMs),
    draftMs: total((round) => round.draftMs),
    targetMs: total((round) => round.targetMs),
    draftComputeMs: total((round) => round.draftComputeMs),
    targetComputeMs: total((round) => round.targetComputeMs),
  };
}

/** How often each of 0, 1, 2, ... occurs. */
export function histogram(values: readonly number[]): number[] {
  const counts: number[] = [];
  for (const value of values) {
    while (counts.length <= value) counts.push(0);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
