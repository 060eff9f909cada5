/** From timed generations to the comparison of the peer with our own stack. */
import { decodeRate, medianDecodeRate } from '../policies/summary.js';
import { firstDifference } from '../policies/equality.js';
import type { Measurement } from '../policies/measurement.js';
import { median, ratio, sum } from '../statistics/samples.js';

/** One generation of the peer or of our stack with one policy. */
export interface PeerMeasurement extends Pick<
  Measurement,
  | 'prompt'
  | 'kind'
  | 'repeat'
  | 'promptTokens'
  | 'completionTokens'
  | 'timeToFirstTokenMs'
  | 'totalMs'
  | 'decodeTokens'
  | 'decodeMs'
> {
  /** The peer's name, or the policy of our own stack. */
  readonly contender: string;
}

export interface ContenderSummary {
  readonly contender: string;
  readonly completionTokens: number;
  /** Without the prefill and the first token's (our stack: the first round's) tokens and time. */
  readonly decodeTokensPerSecond?: number;
  /** The median over the generations: one that the machine disturbed does not move it. */
  readonly medianDecodeTokensPerSecond?: number;
  readonly totalTokensPerSecond?: number;
  readonly medianTimeToFirstTokenMs: number;
  /** Decoding speed against the peer's on the same prompts: of the pooled rates, and the median over the prompts. */
  readonly ratioToPeer?: { readonly overall: number; readonly median: number };
}

export function summarizeContenders(
  measurements: readonly PeerMeasurement[],
  contenders: readonly string[],
  peer: string,
): ContenderSummary[] {
  const peers = measurements.filter(({ contender }) => contender === peer);
  return contenders.map((contender) => {
    const own = measurements.filter((each) => each.contender === contender);
    const completionTokens = sum(own.map((each) => each.completionTokens));
    const decodeTokensPerSecond = decodeRate(own);
    const medianDecodeTokensPerSecond = medianDecodeRate(own);
    const totalTokensPerSecond = ratio(completionTokens * 1000, sum(own.map((each) => each.totalMs)));
    const ratioToPeer = contender === peer ? undefined : compare(own, peers);
    return {
      contender,
      completionTokens,
      ...(decodeTokensPerSecond === undefined ? {} : { decodeTokensPerSecond }),
      ...(medianDecodeTokensPerSecond === undefined ? {} : { medianDecodeTokensPerSecond }),
      ...(totalTokensPerSecond === undefined ? {} : { totalTokensPerSecond }),
      medianTimeToFirstTokenMs: median(own.map((each) => each.timeToFirstTokenMs)) ?? 0,
      ...(ratioToPeer === undefined ? {} : { ratioToPeer }),
    };
  });
}

function compare(own: readonly PeerMeasurement[], peers: readonly PeerMeasurement[]): ContenderSummary['ratioToPeer'] {
  const ratios = own.flatMap((each) => {
    const other = peers.find(({ prompt, repeat }) => prompt === each.prompt && repeat === each.repeat);
    const one = decodeRate([each]);
    const reference = other && decodeRate([other]);
    return one === undefined || reference === undefined ? [] : [one / reference];
  });
  const [one, reference, middle] = [decodeRate(own), decodeRate(peers), median(ratios)];
  if (one === undefined || reference === undefined || middle === undefined) return undefined;
  return { overall: one / reference, median: middle };
}

/** The share of each text that both have in common before they differ, averaged: the two round their weights differently. */
export function agreement(pairs: readonly (readonly [readonly number[], readonly number[]])[]): number | undefined {
  const shares = pairs.map(([a, b]) => (firstDifference(a, b) ?? a.length) / Math.max(1, a.length, b.length));
  return ratio(sum(shares), shares.length);
}
