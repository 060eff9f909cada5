import type { RoundCost } from '../../policy.js';

/**
 * What drafting and checking cost, in milliseconds, learned from the rounds themselves: `oneMs` for a target pass over
 * one token, `1 + slope * (width - 1)` times that for wider ones, with a correction for each width that was seen; a
 * draft pass, what the first pass of a block costs more, and the way to the draft and back.
 *
 * A pass gets dearer as the text grows, and machines have moods: `oneMs` follows quickly and the ratios slowly, so that
 * widths seen at different times stay comparable. Each is a Gaussian of its own, moved by a Kalman filter's step on
 * ln(ms), in which one slow round counts little.
 */
export interface CostEstimate {
  readonly target: {
    /** ln of oneMs. */
    readonly one: Gaussian;
    readonly slope: Gaussian;
    /**
     * ln of what a pass takes longer in a round that asked the draft: where both share a machine, the target then
     * starts with cold caches and threads that sleep.
     */
    readonly visit: Gaussian;
    /** ln of the corrections, by width - 1. */
    readonly widths: readonly Gaussian[];
  };
  /** Undefined before the first block of the draft. */
  readonly draft: DraftCost | undefined;
}

export interface DraftCost {
  readonly hopMs: number;
  readonly firstMs: number;
  readonly passMs: number;
  /** Blocks seen. */
  readonly count: number;
}

export interface Gaussian {
  readonly mean: number;
  readonly variance: number;
}

/** What is assumed before the first round: much the same for all small pairs, and soon forgotten. */
export const startingCosts: CostEstimate = {
  target: {
    one: { mean: Math.log(10), variance: 25 },
    slope: { mean: 0.1, variance: 0.01 },
    visit: { mean: 0.03, variance: 1e-3 },
    widths: [],
  },
  draft: undefined,
};

const startingWidth: Gaussian = { mean: 0, variance: 4e-4 };
/** Of ln(ms) of one pass. */
const noise = 0.01;
/** Variance that ln(oneMs) gains with each round. */
const oneDrift = 4e-4;
const slopeDrift = 1e-8;
const VISIT_DRIFT = 1e-6;
/** A pass this much slower than expected, in ln(ms), tells of something else. */
const largestSurprise = 0.4;
/** Share of a new round in the draft's averages. */
const DRAFT_RATE = 0.06;
/** Committed tokens a draft may take in for its cost to be that of a usual round. */
const USUAL_TAKEN = 3;
/** So many blocks may still be slow because the process is new. */
const COLD_BLOCKS = 8;

/** Of a pass in a round that asks the draft, over `width` tokens. */
export function targetMs(costs: CostEstimate, width: number): number {
  return aloneMs(costs, width) * Math.exp(costs.target.visit.mean);
}

/** Of a pass in a round that does not. */
export function aloneMs({ target }: CostEstimate, width = 1): number {
  return Math.exp(target.one.mean + (target.widths[width - 1]?.mean ?? 0)) * (1 + target.slope.mean * (width - 1));
}

export function observeCost(costs: CostEstimate, cost: RoundCost): CostEstimate {
  return { target: observeTarget(costs.target, cost), draft: observeDraft(costs.draft, cost) };
}

function observeTarget(target: CostEstimate['target'], cost: RoundCost): CostEstimate['target'] {
  if (!(cost.targetMs > 0) || cost.targetTokens < 1) return target;
  const wider = cost.targetTokens - 1;
  const ratio = 1 + target.slope.mean * wider;
  // How ln(ms) hangs on the slope.
  const lever = wider / ratio;
  const own = wider === 0 ? { mean: 0, variance: 0 } : (target.widths[wider] ?? startingWidth);
  const visit = cost.draftMs > 0 ? target.visit : { mean: 0, variance: 0 };
  const expected = target.one.mean + Math.log(ratio) + own.mean + visit.mean;
  const fresh = target.one.variance > 1;
  const surprise = Math.log(cost.targetMs) - expected;
  const error = fresh ? surprise : Math.max(-largestSurprise, Math.min(largestSurprise, surprise));
  const total = target.one.variance + lever * lever * target.slope.variance + own.variance + visit.variance + noise;
  const moved = ({ mean, variance }: Gaussian, by: number, drift: number): Gaussian => {
    const gain = (variance * by) / total;
    return { mean: mean + gain * error, variance: variance * (1 - gain * by) + drift };
  };
  const slope = moved(target.slope, lever, slopeDrift);
  return {
    one: moved(target.one, 1, oneDrift),
    slope: { mean: Math.max(0, slope.mean), variance: slope.variance },
    visit: cost.draftMs > 0 ? notNegative(moved(visit, 1, VISIT_DRIFT)) : target.visit,
    widths:
      wider === 0
        ? target.widths
        : Array.from({ length: Math.max(target.widths.length, wider + 1) }, (_, i) =>
            i === wider ? moved(own, 1, 0) : (target.widths[i] ?? startingWidth),
          ),
  };
}

function notNegative({ mean, variance }: Gaussian): Gaussian {
  return { mean: Math.max(0, mean), variance };
}

function observeDraft(draft: DraftCost | undefined, cost: RoundCost): DraftCost | undefined {
  const { draftComputeMs, draftMs, draftPasses, draftTaken } = cost;
  if (!(draftMs > 0) || draftTaken < 1) return draft;
  const hop = Math.max(0, draftMs - draftComputeMs);
  const { count, firstMs, hopMs, passMs } = draft ?? { hopMs: hop, firstMs: 0, passMs: 0, count: 0 };
  const toward = (old: number, value: number): number => {
    // The first blocks of a process are slow, and nothing makes a block quicker than it is.
    if (count < COLD_BLOCKS && value < old / 2) return value;
    return old + Math.max(DRAFT_RATE, 1 / (count + 1)) * (Math.min(value, 3 * old + 0.1) - old);
  };
  const seen = { hopMs: toward(hopMs, hop), firstMs, passMs, count: count + 1 };
  if (draftPasses === 0 || draftTaken > USUAL_TAKEN) return seen;
  const each = Math.max(0, draftComputeMs - firstMs) / draftPasses;
  if (passMs === 0) return { ...seen, passMs: each };
  // A block of one pass tells of the first pass, a longer one of the further passes.
  if (draftPasses > 1) return { ...seen, passMs: toward(passMs, each) };
  if (count < COLD_BLOCKS && draftComputeMs < passMs) return { ...seen, passMs: draftComputeMs };
  return { ...seen, firstMs: toward(firstMs, Math.max(0, draftComputeMs - passMs)) };
}

/** The nearest values, in squares, that never fall: a wider pass is not cheaper, whatever the noise says. */
export function neverFalling(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    let pool = { sum: value, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count > pool.sum / pool.count; last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.flatMap(({ count, sum }) => new Array<number>(count).fill(sum / count));
}
