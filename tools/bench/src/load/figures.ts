/** From the completions of one step to its figures. */
import { median, percentile, ratio, sum } from '../statistics/samples.js';
import type { LoadCompletion, StreamCompletions } from './step.js';

/** Of one step, as its clients saw it unless the services' own times are named. Times in milliseconds. */
export interface LoadFigures {
  readonly completionTokens: number;
  /** From the first request's start to the last one's end. */
  readonly durationMs: number;
  /** All tokens over that time, prefills included. */
  readonly tokensPerSecond: number;
  /** The sum of what each stream did after its completions' first tokens: without their prefills. */
  readonly decodeTokensPerSecond: number;
  /** The time between two messages of a stream by the tokens of the second: one sample for each of them. */
  readonly perTokenMs: Spread;
  readonly firstTokenMs: Spread;
  /** The slowest stream's tokens per second by the fastest one's; 1 is fair. */
  readonly slowestOverFastest: number;
  /** Blocks that the target scored in one pass, mean over its passes. */
  readonly meanBatchSize: number;
  /** How long a round waited for the target to begin with its block, mean. */
  readonly meanTargetQueueMs: number;
  /** Tokens per round. */
  readonly meanAcceptanceLength: number;
  readonly cachedTokens: number;
}

export interface Spread {
  readonly median: number;
  readonly p99: number;
  /** p99 by median. */
  readonly p99OverMedian: number;
}

/** Errors: none of the streams may be empty. */
export function figuresOf(streams: StreamCompletions): LoadFigures {
  const completions = streams.flat();
  const rounds = completions.flatMap((completion) => completion.rounds);
  const tokens = sum(completions.map(({ tokenIds }) => tokenIds.length));
  const durationMs = spanMs(completions);
  const streamRates = streams.map((own) => sum(own.map(({ tokenIds }) => tokenIds.length)) / spanMs(own));
  const decodeRates = streams.map(
    (own) => ratio(sum(own.map(decodeTokens)), sum(own.map((each) => each.lastTokenMs - each.firstTokenMs))) ?? 0,
  );
  return {
    completionTokens: tokens,
    durationMs,
    tokensPerSecond: (1000 * tokens) / durationMs,
    decodeTokensPerSecond: 1000 * sum(decodeRates),
    perTokenMs: spread(completions.flatMap(perTokenGaps)),
    firstTokenMs: spread(completions.map(({ firstTokenMs }) => firstTokenMs)),
    slowestOverFastest: Math.min(...streamRates) / Math.max(...streamRates),
    // Each pass is seen by as many rounds as it scored blocks.
    meanBatchSize: rounds.length / sum(rounds.map(({ targetBatchSize }) => 1 / targetBatchSize)),
    meanTargetQueueMs: sum(rounds.map(({ targetQueueMs }) => targetQueueMs)) / rounds.length,
    meanAcceptanceLength: tokens / rounds.length,
    cachedTokens: sum(completions.map((each) => each.cachedTokens)),
  };
}

function decodeTokens({ roundTokens }: LoadCompletion): number {
  return sum(roundTokens.slice(1));
}

/** One for each token but those of the first round. A round without tokens of its own lengthens the next one's wait. */
export function perTokenGaps({
  arrivalsMs,
  roundTokens,
}: Pick<LoadCompletion, 'arrivalsMs' | 'roundTokens'>): number[] {
  const gaps: number[] = [];
  let last = arrivalsMs[0] ?? 0;
  for (const [i, arrivedMs] of arrivalsMs.entries()) {
    const tokens = roundTokens[i] ?? 0;
    if (i === 0 || tokens === 0) continue;
    for (let token = 0; token < tokens; token++) gaps.push((arrivedMs - last) / tokens);
    last = arrivedMs;
  }
  return gaps;
}

/** From the first one's call to the last token of all. */
function spanMs(completions: readonly LoadCompletion[]): number {
  const start = Math.min(...completions.map(({ calledAt }) => calledAt));
  return Math.max(...completions.map(({ calledAt, lastTokenMs }) => calledAt + lastTokenMs)) - start;
}

function spread(values: readonly number[]): Spread {
  const [middle = 0, p99 = 0] = [median(values), percentile(values, 99)];
  return { median: middle, p99, p99OverMedian: ratio(p99, middle) ?? 0 };
}
