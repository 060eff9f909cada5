import { SpeculationError } from '../error.js';
import { fraction, number, record } from './json-fields.js';
import { MOST_HIDDEN_UNITS } from '../predictor.js';
import type { AcceptancePredictor, HiddenUnit, PredictorWeights } from '../types.js';

/**
 * What training gives, as plain JSON: estimates of a token's acceptance by its distribution's figures, its place in the
 * block and how the last tokens fared. Other properties, such as where it comes from, may stand beside these.
 */
export interface LearnedWeights {
  readonly recentAcceptance: RecentAcceptanceOptions;
  readonly neural: LearnedPredictor;
  /** Of tokens that n-grams proposed; they are estimated like the model's where it is absent. */
  readonly ngram?: LearnedPredictor;
}

/** How the exponential average of single tokens' acceptance goes that the estimates hang on. */
export interface RecentAcceptanceOptions {
  /** Before the first token was checked, in [0, 1]. */
  readonly initial: number;
  /** Share of the old value after a token was checked, in [0, 1]. */
  readonly keep: number;
}

/** An AcceptancePredictor with one more input. */
export interface LearnedPredictor extends AcceptancePredictor {
  readonly weights: LearnedInputWeights;
  readonly hidden: readonly LearnedUnit[];
}

export interface LearnedUnit extends HiddenUnit {
  readonly weights: LearnedInputWeights;
}

export interface LearnedInputWeights extends PredictorWeights {
  readonly recentAcceptance: number;
}

/** Checks what was read from a file. Throws invalid_policy naming the field. */
export function readLearnedWeights(value: unknown): LearnedWeights {
  const weights = record(value, 'learned');
  const recent = record(weights['recentAcceptance'], 'learned.recentAcceptance');
  return {
    recentAcceptance: {
      initial: fraction(recent['initial'], 'learned.recentAcceptance.initial'),
      keep: fraction(recent['keep'], 'learned.recentAcceptance.keep'),
    },
    neural: readPredictor(weights['neural'], 'learned.neural'),
    ...(weights['ngram'] !== undefined && { ngram: readPredictor(weights['ngram'], 'learned.ngram') }),
  };
}

/** The predictor for a block before which the average stood at `recentAcceptance`: what hangs on it joins the biases. */
export function foldRecentAcceptance(predictor: LearnedPredictor, recentAcceptance: number): AcceptancePredictor {
  const { bias, hidden, weights } = predictor;
  return {
    bias: bias + weights.recentAcceptance * recentAcceptance,
    weights: withoutRecent(weights),
    hidden: hidden.map((unit) => ({
      output: unit.output,
      bias: unit.bias + unit.weights.recentAcceptance * recentAcceptance,
      weights: withoutRecent(unit.weights),
    })),
  };
}

/** The average after a round: every token up to the first rejected one was checked, and no other. */
export function updateRecentAcceptance(
  average: number,
  { accepted, drafted }: { readonly accepted: number; readonly drafted: number },
  keep: number,
): number {
  let updated = average;
  for (let i = 0; i < accepted; i++) updated = keep * updated + (1 - keep);
  return accepted < drafted ? keep * updated : updated;
}

function withoutRecent({ index, logTopProbability, sqrtEntropy }: LearnedInputWeights): PredictorWeights {
  return { sqrtEntropy, logTopProbability, index };
}

function readPredictor(value: unknown, field: string): LearnedPredictor {
  const { bias, hidden, weights } = record(value, field);
  if (!Array.isArray(hidden) || hidden.length > MOST_HIDDEN_UNITS) {
    throw new SpeculationError(
      'invalid_policy',
      `${field}.hidden`,
      `must be a list of at most ${MOST_HIDDEN_UNITS} units`,
    );
  }
  return {
    bias: number(bias, `${field}.bias`),
    weights: readInputs(weights, `${field}.weights`),
    hidden: hidden.map((unit: unknown, i) => {
      const at = `${field}.hidden[${i}]`;
      const { output, ...rest } = record(unit, at);
      return {
        output: number(output, `${at}.output`),
        bias: number(rest['bias'], `${at}.bias`),
        weights: readInputs(rest['weights'], `${at}.weights`),
      };
    }),
  };
}

function readInputs(value: unknown, field: string): LearnedInputWeights {
  const weights = record(value, field);
  const read = (name: keyof LearnedInputWeights): number => number(weights[name], `${field}.${name}`);
  return {
    sqrtEntropy: read('sqrtEntropy'),
    logTopProbability: read('logTopProbability'),
    index: read('index'),
    recentAcceptance: read('recentAcceptance'),
  };
}
