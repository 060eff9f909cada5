/** Trains the weights of the policy `learned` from traces. */
import type { DraftSource, LearnedPredictor, LearnedWeights } from '@outrider/speculation';
import { roundNumbers } from '../report/round-numbers.js';
import type { Trace, TraceText } from '../trace/types.js';
import { type Fit, evaluate, meanOf } from './evaluate.js';
import { type Example, examplesOf } from './examples.js';
import { fitHiddenLayer } from './hidden-layer.js';
import { fitLogistic } from './logistic.js';

export interface TrainingOptions {
  /** Units of the hidden layer; 0 for none. */
  readonly units: number;
  /** Share of the old value in the average of recent acceptance. */
  readonly keep: number;
  readonly walks: number;
  readonly maxDraftTokens: number;
  /** One prompt in so many is held out; no multiple of the kinds of prompt, or kinds would be missing. */
  readonly holdOutEvery: number;
  readonly seed: bigint;
}

export const TRAINING_DEFAULTS: TrainingOptions = {
  units: 6,
  keep: 0.9,
  walks: 4,
  maxDraftTokens: 20,
  holdOutEvery: 5,
  seed: 1n,
};

export interface Training {
  readonly weights: LearnedWeights;
  /** Ids of prompts, the texts of which the weights were not fitted to. */
  readonly heldOut: readonly string[];
  /** By source, on the texts held out. */
  readonly fits: Readonly<Partial<Record<DraftSource, SourceFit>>>;
}

export interface SourceFit {
  readonly trainedOn: number;
  /** Of the predictor that was kept. */
  readonly heldOut: Fit;
  /** Of the same inputs without a hidden layer. */
  readonly logisticLogLoss: number;
}

/** Fewer examples of a source than these say nothing; the source is then left out. */
const LEAST_EXAMPLES = 500;

/** The split is by prompt: texts of one prompt have much in common, whatever the temperature and the draft. */
export function train(traces: readonly Trace[], given: Partial<TrainingOptions> = {}): Training {
  const options = { ...TRAINING_DEFAULTS, ...given };
  const { holdOutEvery, keep } = options;
  const texts = traces.flatMap((trace) => trace.texts);
  const prompts = [...new Set(texts.map(({ prompt }) => prompt))];
  const heldOut = prompts.filter((_, i) => i % holdOutEvery === holdOutEvery - 1);
  const initial = roundNumbers(meanOf(texts.flatMap(({ expectedAcceptance }) => expectedAcceptance)));
  const recentAcceptance = { initial, keep };
  const walk = (chosen: readonly TraceText[]): Example[] => examplesOf(chosen, { ...options, recentAcceptance });
  const held = new Set(heldOut);
  const learning = walk(texts.filter(({ prompt }) => !held.has(prompt)));
  const testing = walk(texts.filter(({ prompt }) => held.has(prompt)));

  const predictors: Partial<Record<DraftSource, LearnedPredictor>> = {};
  const fits: Partial<Record<DraftSource, SourceFit>> = {};
  for (const source of ['neural', 'ngram'] as const) {
    const own = learning.filter((example) => example.source === source);
    if (own.length < LEAST_EXAMPLES) continue;
    const others = testing.filter((example) => example.source === source);
    const logistic = roundNumbers(fitLogistic(own));
    const { seed, units } = options;
    const predictor = units === 0 ? logistic : roundNumbers(fitHiddenLayer(own, { units, seed }));
    predictors[source] = predictor;
    fits[source] = {
      trainedOn: own.length,
      heldOut: evaluate(predictor, others),
      logisticLogLoss: evaluate(logistic, others).logLoss,
    };
  }
  const { neural = predictors.ngram, ngram } = predictors;
  if (neural === undefined) throw new RangeError(`the traces give fewer than ${LEAST_EXAMPLES} examples to train on`);
  return { weights: { recentAcceptance, neural, ...(ngram && { ngram }) }, heldOut, fits };
}
