/** Device costs from a run of the policies benchmark: what off and the static lengths took, over the real services. */
import { parsePolicy } from '@outrider/speculation';
import { BenchError } from '../bench-error.js';
import type { Measurement } from '../policies/measurement.js';
import { sum } from '../statistics/samples.js';
import type { DeviceCosts, DraftCosts, TargetCosts } from './types.js';

/** What a run of the benchmark does not tell; of one draft and one target. */
export interface KnownCosts {
  /** A further token of a draft's pass, as a share of a pass over one. */
  readonly extraTokenShare: number;
  readonly ngramTokenMs: number;
  /** Of the target's cache. */
  readonly blockTokens: number;
}

/**
 * Fits the measurements of one temperature. Every round of a static length is as wide as any other, but for the last
 * ones of a text, so that their means lie on the curves. Throws a BenchError when `off` or two static lengths are missing.
 */
export function fitCosts(measurements: readonly Measurement[], known: KnownCosts): DeviceCosts {
  const policies = [...new Set(measurements.map(({ policy }) => policy))];
  const means = policies.flatMap((policy) => {
    const length = fixedLength(policy);
    return length === undefined
      ? []
      : [
          meansOf(
            measurements.filter((each) => each.policy === policy),
            length,
          ),
        ];
  });
  const drafting = means.filter(({ drafted }) => drafted > 0);
  if (!policies.includes('off') || drafting.length < 2) {
    throw new BenchError('a profile wants measurements of off and of two static lengths at least');
  }
  const target = means.map((each) => each.targetMs - each.targetComputeMs);
  const shared = { roundTripMs: Math.max(0, mean(target)), orchestratorMs: between(means) };
  return {
    draft: fitDraft(drafting, known),
    target: fitTarget(means, shared.roundTripMs + shared.orchestratorMs, shared.roundTripMs, known.blockTokens),
    orchestratorMs: shared.orchestratorMs,
    overlap: 0,
  };
}

/** What the policy drafts each round; undefined when that varies. */
function fixedLength(policy: string): number | undefined {
  const spec = parsePolicy(policy);
  return spec.kind === 'off' ? 0 : spec.kind === 'static' ? spec.draftTokens : undefined;
}

/** A policy's round. */
interface Means {
  readonly drafted: number;
  /** The share of rounds that were accepted whole, after which the draft has a token more to take in. */
  readonly whole: number;
  readonly draftMs: number;
  readonly draftComputeMs: number;
  readonly targetMs: number;
  readonly targetComputeMs: number;
  /** As the client saw it, without the first round of a text. */
  readonly roundMs: number;
}

function meansOf(measurements: readonly Measurement[], length: number): Means {
  const total = (figure: (each: Measurement) => number): number => sum(measurements.map(figure));
  const rounds = total((each) => each.rounds);
  const perRound = (figure: (each: Measurement) => number): number => total(figure) / rounds;
  const draftMs = perRound((each) => each.draftMs);
  const targetMs = perRound((each) => each.targetMs);
  return {
    drafted: perRound((each) => each.drafted),
    whole: length === 0 ? 0 : perRound(({ acceptedHistogram }) => acceptedHistogram[length] ?? 0),
    draftMs,
    draftComputeMs: perRound((each) => each.draftComputeMs),
    targetMs,
    targetComputeMs: perRound((each) => each.targetComputeMs),
    roundMs: total((each) => each.decodeMs) / total((each) => each.rounds - 1),
  };
}

/**
 * The draft's own time by a straight line over the passes behind the first, which are as long for every length but not
 * as often measured: relative errors count. The way there and back is what is left.
 */
function fitDraft(means: readonly Means[], { extraTokenShare, ngramTokenMs }: KnownCosts): DraftCosts {
  const { intercept, slope } = straightLine(
    means.map(({ draftComputeMs, drafted, whole }) => [drafted - 1 + extraTokenShare * whole, draftComputeMs]),
    means.map(({ draftComputeMs }) => draftComputeMs ** -2),
  );
  const passMs = Math.max(0, slope);
  return {
    roundTripMs: Math.max(0, mean(means.map((each) => each.draftMs - each.draftComputeMs))),
    firstPassMs: Math.max(0, intercept),
    passMs,
    extraTokenMs: Math.min(1, extraTokenShare) * passMs,
    ngramTokenMs,
  };
}

/** A point for each policy: at its mean width, what is left of its round. */
function fitTarget(means: readonly Means[], besidesMs: number, roundTripMs: number, blockTokens: number): TargetCosts {
  const points = means
    .map(({ drafted, draftMs, roundMs }) => [1 + drafted, Math.max(0, roundMs - draftMs - besidesMs)] as const)
    .sort(([a], [b]) => a - b);
  return { roundTripMs, passMs: points, blockTokens };
}

/** What a round takes besides draft and target. */
function between(means: readonly Means[]): number {
  return Math.max(0, mean(means.map(({ draftMs, roundMs, targetMs }) => roundMs - draftMs - targetMs)));
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Least squares, weighted. */
export function straightLine(
  points: readonly (readonly [x: number, y: number])[],
  weights: readonly number[] = points.map(() => 1),
): { readonly intercept: number; readonly slope: number } {
  const total = sum(weights);
  const weighted = (value: (x: number, y: number) => number): number =>
    sum(points.map(([x, y], i) => (weights[i] as number) * value(x, y))) / total;
  const meanX = weighted((x) => x);
  const meanY = weighted((_, y) => y);
  const slope = weighted((x, y) => (x - meanX) * (y - meanY)) / weighted((x) => (x - meanX) ** 2);
  return { intercept: meanY - slope * meanX, slope };
}
