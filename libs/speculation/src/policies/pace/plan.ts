import type { DraftSource, SurvivalLimits } from '../../types.js';

/** How often distributions are how sure. */
export interface Sureness {
  /** A share for each of {@link BINS} equal ranges of the estimated acceptance. */
  readonly shares: readonly number[];
  /** Distributions counted so far. */
  readonly count: number;
}

/** Sure tokens come in runs: behind accepted ones the draft is surer than at a block's start. */
export interface SurenessByPlace {
  readonly first: Sureness;
  readonly later: Sureness;
}

export const BINS = 16;

export interface Prospects {
  /** Tokens per millisecond that the generation makes in the long run: what time is worth. */
  readonly rate: number;
  /** Most tokens of a block. */
  readonly maxTokens: number;
  /** Of a target pass over so many drafted tokens and the committed one. */
  targetMs(drafted: number): number;
  readonly hopMs: number;
  /** What the first pass of a block costs more than another. */
  readonly firstMs: number;
  readonly passMs: number;
  readonly sureness: Readonly<Record<DraftSource, SurenessByPlace>>;
  /** Share of the tokens whose distribution costs no pass, in [0, 1]. */
  readonly ngramShare: number;
}

export interface Plan extends Pick<SurvivalLimits, 'beforePass' | 'toPropose'> {
  /** Tokens that asking the draft gains on a round without it, the time it takes counted as tokens. */
  readonly gain: number;
  /** The same of a block's first pass, where n-grams know nothing; below 0 when it loses. */
  readonly passGain: number;
  /** Tokens lost by asking the draft, and its model, all the same. */
  readonly trialLoss: number;
}

/** Steps of the survival at which the value of going on is computed. */
const STEPS = 32;
/** No survival reaches it. */
const NEVER = 2;

/**
 * Where one more drafted token stops paying: an optimal stopping problem, solved backwards over the places of a block.
 *
 * With survival s (the chance that all tokens so far are accepted) one more pass costs its time, which is worth `rate`
 * tokens a millisecond, and gives an estimate a of the next token's acceptance. Proposing that token costs the target's
 * wider pass and gains s * a tokens, and the right to go on:
 *
 *     V_k(s) = max(0, E_a[max(0, s * a - rate * widerMs_k + V_(k+1)(s * a))] - rate * passMs)
 *
 * with the expectation over how sure the draft has been lately, and no pass to pay for where n-grams know on. At the
 * best attainable rate this is the policy of the most tokens a second (Dinkelbach, "On nonlinear fractional
 * programming", Management Science 13, 1967); the rate in force, measured, moves there round by round.
 */
export function plan(prospects: Prospects): Plan {
  const { firstMs, hopMs, maxTokens, ngramShare, passMs, rate, sureness } = prospects;
  const beforePass: number[] = new Array<number>(maxTokens).fill(NEVER);
  const toPropose: number[] = new Array<number>(maxTokens).fill(NEVER);
  let value = new Float64Array(STEPS + 1);
  let passGain = 0;
  for (let k = maxTokens - 1; k >= 0; k--) {
    const widerMs = Math.max(0, prospects.targetMs(k + 1) - prospects.targetMs(k));
    const later = value;
    const proposing = (survival: number): number => survival - rate * widerMs + interpolate(later, survival);
    toPropose[k] = leastSurvival(proposing);
    const place = k === 0 ? 'first' : 'later';
    const expected = ({ shares }: Sureness, survival: number): number => {
      let sum = 0;
      for (let bin = 0; bin < BINS; bin++) {
        const share = shares[bin] as number;
        if (share > 0) sum += share * Math.max(0, proposing((survival * (bin + 0.5)) / BINS));
      }
      return sum;
    };
    // Behind n-grams, the first pass of the block may still be to come.
    const cost = rate * (passMs + (k === 0 ? firstMs : ngramShare * firstMs));
    const passing = (survival: number): number => expected(sureness.neural[place], survival) - cost;
    value = new Float64Array(STEPS + 1);
    for (let step = STEPS; step >= 0; step--) {
      const survival = step / STEPS;
      const worth = passing(survival);
      if (worth > 0) beforePass[k] = survival;
      const looked = ngramShare > 0 ? ngramShare * expected(sureness.ngram[place], survival) : 0;
      value[step] = looked + (1 - ngramShare) * Math.max(0, worth);
    }
    passGain = passing(1);
  }
  const gain = (value[STEPS] as number) - rate * hopMs;
  // Where a pass loses, the plan leaves it out and a trial does not.
  const trialLoss = Math.max(0, (1 - ngramShare) * Math.max(0, -passGain) - gain);
  return { gain, passGain, trialLoss, beforePass, toPropose };
}

/** The least survival at which something that grows with it is above 0; {@link NEVER} when it is not even at 1. */
function leastSurvival(worth: (survival: number) => number): number {
  if (!(worth(1) > 0)) return NEVER;
  let low = 0;
  let high = 1;
  for (let i = 0; i < 7; i++) {
    const middle = (low + high) / 2;
    if (worth(middle) > 0) high = middle;
    else low = middle;
  }
  return high;
}

function interpolate(values: Float64Array, survival: number): number {
  const at = survival * STEPS;
  const step = Math.min(STEPS - 1, Math.floor(at));
  const low = values[step] as number;
  return low + (at - step) * ((values[step + 1] as number) - low);
}
