/** Medians of a step over its laps. */
import { median } from '../statistics/samples.js';
import type { LoadFigures, Spread } from './figures.js';

/** One step, once. */
export interface LoadLap {
  readonly policy: string;
  readonly streams: number;
  readonly lap: number;
  readonly figures: LoadFigures;
  /** Tokens of each stream and how long it took. */
  readonly byStream: readonly { readonly tokens: number; readonly ms: number }[];
  /** VmHWM of each process in this step, in MiB; absent where the system does not tell. */
  readonly peakMemoryMiB: Readonly<Record<string, number>>;
}

/** Every figure is the median over the laps, the ratios too. */
export interface LoadSummary extends LoadFigures {
  readonly policy: string;
  readonly streams: number;
  /** Against the fewest streams of the same lap and policy, prefills included and without. */
  readonly ratioToFewest: { readonly total: number; readonly decode: number };
  readonly peakMemoryMiB: Readonly<Record<string, number>>;
}

/** By policy, then by streams, in the order given. */
export function summarizeLoad(
  laps: readonly LoadLap[],
  policies: readonly string[],
  streams: readonly number[],
): LoadSummary[] {
  const fewest = Math.min(...streams);
  return policies.flatMap((policy) =>
    streams.flatMap((count) => {
      const own = laps.filter((each) => each.policy === policy && each.streams === count);
      if (own.length === 0) return [];
      const against = (figure: 'tokensPerSecond' | 'decodeTokensPerSecond'): number =>
        middle(
          own.flatMap(({ lap, figures }) => {
            const base = laps.find((each) => each.policy === policy && each.streams === fewest && each.lap === lap);
            return base === undefined ? [] : [figures[figure] / base.figures[figure]];
          }),
        );
      return [
        {
          policy,
          streams: count,
          ...medianFigures(own.map(({ figures }) => figures)),
          ratioToFewest: { total: against('tokensPerSecond'), decode: against('decodeTokensPerSecond') },
          peakMemoryMiB: highest(own.map(({ peakMemoryMiB }) => peakMemoryMiB)),
        },
      ];
    }),
  );
}

function medianFigures(all: readonly LoadFigures[]): LoadFigures {
  const of = (figure: (figures: LoadFigures) => number): number => middle(all.map(figure));
  const ofSpread = (name: 'perTokenMs' | 'firstTokenMs'): Spread => ({
    median: of((figures) => figures[name].median),
    p99: of((figures) => figures[name].p99),
    p99OverMedian: of((figures) => figures[name].p99OverMedian),
  });
  return {
    completionTokens: of(({ completionTokens }) => completionTokens),
    durationMs: of(({ durationMs }) => durationMs),
    tokensPerSecond: of(({ tokensPerSecond }) => tokensPerSecond),
    decodeTokensPerSecond: of(({ decodeTokensPerSecond }) => decodeTokensPerSecond),
    perTokenMs: ofSpread('perTokenMs'),
    firstTokenMs: ofSpread('firstTokenMs'),
    slowestOverFastest: of(({ slowestOverFastest }) => slowestOverFastest),
    meanBatchSize: of(({ meanBatchSize }) => meanBatchSize),
    meanTargetQueueMs: of(({ meanTargetQueueMs }) => meanTargetQueueMs),
    meanAcceptanceLength: of(({ meanAcceptanceLength }) => meanAcceptanceLength),
    cachedTokens: of(({ cachedTokens }) => cachedTokens),
  };
}

function highest(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))];
  return Object.fromEntries(names.map((name) => [name, Math.max(...all.map((each) => each[name] ?? 0))]));
}

function middle(values: readonly number[]): number {
  return median(values) ?? 0;
}
