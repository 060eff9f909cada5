import type { DraftSource } from '../../types.js';
import { list, number, numbers, record } from '../json-fields.js';
import { type AcceptanceEstimate, startingEstimate } from './acceptance-estimate.js';
import { type CostEstimate, type Gaussian, startingCosts } from './cost-estimate.js';
import { BINS, type Sureness, type SurenessByPlace } from './plan.js';
import { startingSureness } from './sureness.js';

/** All that pace has learned: plain data, which may travel as JSON and start another generation warm. */
export interface PaceState {
  /** Of a token, by its distribution. */
  readonly acceptance: Readonly<Record<DraftSource, AcceptanceEstimate>>;
  /** Of a token that is sampled, by its own probability as well. */
  readonly sampled: Readonly<Record<DraftSource, AcceptanceEstimate>>;
  readonly costs: CostEstimate;
  readonly sureness: Readonly<Record<DraftSource, SurenessByPlace>>;
  /** How often a block starts with an n-gram, in [0, 1]. */
  readonly ngramShare: number;
  /** Rounds since the target was last measured without a draft before it. */
  readonly sinceAlone: number;
  /** Tokens and the milliseconds they took, older ones counting less. */
  readonly rate: { readonly tokens: number; readonly ms: number };
}

/** Rounds after which the target is measured alone again. */
export const REMEASURE_EVERY = 80;

/** Before the first round: a draft is taken to be about as right as it is sure, and soon known better. */
export const startingState: PaceState = {
  acceptance: {
    neural: startingEstimate([2, -1, 1], [1, 0.3, 0.3]),
    ngram: startingEstimate([1, -1, 0.5], [1, 0.3, 0.3]),
  },
  sampled: {
    neural: startingEstimate([2, -1, 0.5, 0.5], [1, 0.3, 0.3, 0.3]),
    ngram: startingEstimate([1, -1, 0.25, 0.25], [1, 0.3, 0.3, 0.3]),
  },
  costs: startingCosts,
  sureness: { neural: startingSureness, ngram: startingSureness },
  ngramShare: 0.3,
  sinceAlone: REMEASURE_EVERY,
  rate: { tokens: 0, ms: 0 },
};

/** As how many distributions the experience with earlier texts counts in a new one. */
const WARM_COUNT = 80;
/** Variance that the estimate's weights gain from one text to the next. */
const betweenTexts = [0.1, 0.02, 0.02, 0.02];

/** Texts differ: what was learned from others is where to start from, less sure. Costs stay what they are. */
export function forAnotherText(state: PaceState): PaceState {
  const { acceptance, sampled, sureness } = state;
  const unsure = ({ count, shares }: Sureness): Sureness => ({ shares, count: Math.min(count, WARM_COUNT) });
  const unsureByPlace = ({ first, later }: SurenessByPlace): SurenessByPlace => ({
    first: unsure(first),
    later: unsure(later),
  });
  const wider = ({ covariance, mean }: AcceptanceEstimate): AcceptanceEstimate => ({
    mean,
    covariance: covariance.map((row, i) => row.map((v, j) => (i === j ? v + (betweenTexts[i] ?? 0) : v))),
  });
  return {
    ...state,
    acceptance: { neural: wider(acceptance.neural), ngram: wider(acceptance.ngram) },
    sampled: { neural: wider(sampled.neural), ngram: wider(sampled.ngram) },
    sureness: { neural: unsureByPlace(sureness.neural), ngram: unsureByPlace(sureness.ngram) },
  };
}

/** Errors: invalid_policy naming the field that is missing or out of its range. */
export function readPaceState(value: unknown): PaceState {
  const { acceptance, costs, ngramShare, rate, sampled, sinceAlone, sureness } = record(value, 'warmStart');
  const before = record(acceptance, 'warmStart.acceptance');
  const after = record(sampled, 'warmStart.sampled');
  const bySource = record(sureness, 'warmStart.sureness');
  const { ms, tokens } = record(rate, 'warmStart.rate');
  return {
    acceptance: {
      neural: readEstimate(before['neural'], 'warmStart.acceptance.neural', 3),
      ngram: readEstimate(before['ngram'], 'warmStart.acceptance.ngram', 3),
    },
    sampled: {
      neural: readEstimate(after['neural'], 'warmStart.sampled.neural', 4),
      ngram: readEstimate(after['ngram'], 'warmStart.sampled.ngram', 4),
    },
    costs: readCosts(costs, 'warmStart.costs'),
    sureness: {
      neural: readSureness(bySource['neural'], 'warmStart.sureness.neural'),
      ngram: readSureness(bySource['ngram'], 'warmStart.sureness.ngram'),
    },
    sinceAlone: number(sinceAlone, 'warmStart.sinceAlone', 0),
    ngramShare: number(ngramShare, 'warmStart.ngramShare', 0, 1),
    rate: { tokens: number(tokens, 'warmStart.rate.tokens', 0), ms: number(ms, 'warmStart.rate.ms', 0) },
  };
}

function readEstimate(value: unknown, field: string, weights: number): AcceptanceEstimate {
  const { covariance, mean } = record(value, field);
  const rows = list(covariance, `${field}.covariance`, weights);
  return {
    mean: numbers(mean, `${field}.mean`, weights),
    covariance: rows.map((row, i) => numbers(row, `${field}.covariance[${i}]`, weights)),
  };
}

function readSureness(value: unknown, field: string): SurenessByPlace {
  const { first, later } = record(value, field);
  return {
    first: readShares(first, `${field}.first`),
    later: readShares(later, `${field}.later`),
  };
}

function readShares(value: unknown, field: string): Sureness {
  const { count, shares } = record(value, field);
  return { shares: numbers(shares, `${field}.shares`, BINS, 0, 1), count: number(count, `${field}.count`, 0) };
}

function readCosts(value: unknown, field: string): CostEstimate {
  const { draft, target } = record(value, field);
  const { one, slope, visit, widths } = record(target, `${field}.target`);
  return {
    target: {
      one: readGaussian(one, `${field}.target.one`),
      slope: readGaussian(slope, `${field}.target.slope`),
      visit: readGaussian(visit, `${field}.target.visit`),
      widths: list(widths, `${field}.target.widths`).map((width, i) =>
        readGaussian(width, `${field}.target.widths[${i}]`),
      ),
    },
    draft: draft === undefined ? undefined : readDraftCost(draft, `${field}.draft`),
  };
}

function readDraftCost(value: unknown, field: string): NonNullable<CostEstimate['draft']> {
  const { count, firstMs, hopMs, passMs } = record(value, field);
  return {
    hopMs: number(hopMs, `${field}.hopMs`, 0),
    firstMs: number(firstMs, `${field}.firstMs`, 0),
    passMs: number(passMs, `${field}.passMs`, 0),
    count: number(count, `${field}.count`, 0),
  };
}

function readGaussian(value: unknown, field: string): Gaussian {
  const { mean, variance } = record(value, field);
  return { mean: number(mean, `${field}.mean`), variance: number(variance, `${field}.variance`, 0) };
}
