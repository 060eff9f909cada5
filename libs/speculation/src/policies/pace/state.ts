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
  readonly sureness: Readonly<Record<DraftSource, SurenessByPlace>>;
  /** How often a block starts with an n-gram, in [0, 1]. */
  readonly ngramShare: number;
  /** Sessions that share a pass of the target, on average. */
  readonly company: number;
  /** By {@link companyClass}; undefined where it never was in such company. */
  readonly costs: readonly (LearnedCosts | undefined)[];
}

/** What time is needed for, and what it gives, in company of about one size. */
export interface LearnedCosts {
  readonly estimate: CostEstimate;
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
  sureness: { neural: startingSureness, ngram: startingSureness },
  ngramShare: 0.3,
  company: 1,
  costs: [],
};

const unknownCosts: LearnedCosts = {
  estimate: startingCosts,
  sinceAlone: REMEASURE_EVERY,
  rate: { tokens: 0, ms: 0 },
};

/** Whatever is shared takes another time with others: costs are learned apart for 1, 2, 4, 8 ... sessions, about. */
const MOST_CLASSES = 8;

function companyClass({ company }: PaceState): number {
  return Math.min(MOST_CLASSES - 1, Math.round(Math.log2(Math.max(1, company))));
}

/** What is known of the costs in the company that there is now. */
export function costsNow(state: PaceState): LearnedCosts {
  const at = companyClass(state);
  const own = state.costs[at];
  if (own !== undefined) return own;
  const near = state.costs.slice(0, at).findLast((each) => each !== undefined) ?? state.costs.find(Boolean);
  return near === undefined ? unknownCosts : likeThoseOf(near);
}

/** Where nothing is known yet: the relations between costs are much the same, the times are not. */
function likeThoseOf({ estimate }: LearnedCosts): LearnedCosts {
  const { one } = startingCosts.target;
  return { ...unknownCosts, estimate: { ...estimate, target: { ...estimate.target, one } } };
}

export function withCostsNow(state: PaceState, now: LearnedCosts): PaceState {
  const at = companyClass(state);
  const costs = Array.from({ length: Math.max(state.costs.length, at + 1) }, (_, i) =>
    i === at ? now : state.costs[i],
  );
  return { ...state, costs };
}

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
  const { acceptance, company, costs, ngramShare, sampled, sureness } = record(value, 'warmStart');
  const before = record(acceptance, 'warmStart.acceptance');
  const after = record(sampled, 'warmStart.sampled');
  const bySource = record(sureness, 'warmStart.sureness');
  return {
    acceptance: {
      neural: readEstimate(before['neural'], 'warmStart.acceptance.neural', 3),
      ngram: readEstimate(before['ngram'], 'warmStart.acceptance.ngram', 3),
    },
    sampled: {
      neural: readEstimate(after['neural'], 'warmStart.sampled.neural', 4),
      ngram: readEstimate(after['ngram'], 'warmStart.sampled.ngram', 4),
    },
    sureness: {
      neural: readSureness(bySource['neural'], 'warmStart.sureness.neural'),
      ngram: readSureness(bySource['ngram'], 'warmStart.sureness.ngram'),
    },
    ngramShare: number(ngramShare, 'warmStart.ngramShare', 0, 1),
    company: number(company, 'warmStart.company', 1),
    costs: list(costs, 'warmStart.costs')
      .slice(0, MOST_CLASSES)
      // JSON has null for what is missing.
      .map((each, i) => (each === null || each === undefined ? undefined : readLearned(each, `warmStart.costs[${i}]`))),
  };
}

function readLearned(value: unknown, field: string): LearnedCosts {
  const { estimate, rate, sinceAlone } = record(value, field);
  const { ms, tokens } = record(rate, `${field}.rate`);
  return {
    estimate: readCosts(estimate, `${field}.estimate`),
    sinceAlone: number(sinceAlone, `${field}.sinceAlone`, 0),
    rate: { tokens: number(tokens, `${field}.rate.tokens`, 0), ms: number(ms, `${field}.rate.ms`, 0) },
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
