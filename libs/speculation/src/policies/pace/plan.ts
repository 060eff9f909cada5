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
/** Steps of the survival behind one more token: so fine that a step times the middle of a bin falls on one. */
const FINE = STEPS * BINS * 2;
const FINE_PER_STEP = FINE / STEPS;
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
  /** Of going on behind a place, by the survival there. */
  let value = new Float64Array(STEPS + 1);
  let passGain = 0;
  for (let k = maxTokens - 1; k >= 0; k--) {
    const widerMs = Math.max(0, prospects.targetMs(k + 1) - prospects.targetMs(k));
    const proposing = worthProposing(value, rate * widerMs);
    const least = proposing.findIndex((worth) => worth > 0);
    if (least >= 0) toPropose[k] = least / FINE;
    const place = k === 0 ? 'first' : 'later';
    // Behind n-grams, the first pass of the block may still be to come.
    const cost = rate * (passMs + (k === 0 ? firstMs : ngramShare * firstMs));
    value = new Float64Array(STEPS + 1);
    for (let step = STEPS; step >= 0; step--) {
      const worth = expected(sureness.neural[place], proposing, step) - cost;
      if (worth > 0) beforePass[k] = step / STEPS;
      if (step === STEPS) passGain = worth;
      const looked = ngramShare > 0 ? ngramShare * expected(sureness.ngram[place], proposing, step) : 0;
      value[step] = looked + (1 - ngramShare) * Math.max(0, worth);
    }
  }
  const gain = (value[STEPS] as number) - rate * hopMs;
  // Where a pass loses, the plan leaves it out and a trial does not.
  const trialLoss = Math.max(0, (1 - ngramShare) * Math.max(0, -passGain) - gain);
  return { gain, passGain, trialLoss, beforePass, toPropose };
}

/** Tokens gained by proposing one more, by the survival with it in fine steps; 0 where it loses. */
function worthProposing(later: Float64Array, cost: number): Float64Array {
  const worth = new Float64Array(FINE + 1);
  for (let step = 0; step < STEPS; step++) {
    const low = later[step] as number;
    const slope = ((later[step + 1] as number) - low) / FINE_PER_STEP;
    for (let i = 0, at = step * FINE_PER_STEP; i < FINE_PER_STEP; i++, at++) {
      worth[at] = Math.max(0, at / FINE - cost + low + slope * i);
    }
  }
  worth[FINE] = Math.max(0, 1 - cost + (later[STEPS] as number));
  return worth;
}

/** What proposing gains on average, with the survival `step / STEPS` before the token. */
function expected({ shares }: Sureness, proposing: Float64Array, step: number): number {
  let sum = 0;
  for (let bin = 0; bin < BINS; bin++) sum += (shares[bin] as number) * (proposing[step * (2 * bin + 1)] as number);
  return sum;
}
