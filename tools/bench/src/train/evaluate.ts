/** How well estimates fit examples that were not trained on. */
import { type LearnedPredictor, foldRecentAcceptance, predictAcceptance } from '@outrider/speculation';
import type { Example } from './examples.js';

export interface Fit {
  readonly examples: number;
  /** Mean cross-entropy in nats between the examples' chances and the estimates. */
  readonly logLoss: number;
  /** The same of one estimate for all, the examples' mean; and of the chances themselves, which no estimate can beat. */
  readonly constantLogLoss: number;
  readonly leastLogLoss: number;
  /** By tenths of the estimate; those without examples are left out. */
  readonly calibration: readonly CalibrationBin[];
}

export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly examples: number;
  readonly meanEstimate: number;
  readonly meanAccepted: number;
}

const BINS = 10;

export function estimateOf(predictor: LearnedPredictor, { index, recentAcceptance, ...figures }: Example): number {
  return predictAcceptance(foldRecentAcceptance(predictor, recentAcceptance), figures, index);
}

export function evaluate(predictor: LearnedPredictor, examples: readonly Example[]): Fit {
  const pairs = examples.map((example) => ({ estimate: estimateOf(predictor, example), accepted: example.accepted }));
  const mean = meanOf(pairs.map(({ accepted }) => accepted));
  const bins = Array.from({ length: BINS }, (_, bin) =>
    pairs.filter(({ estimate }) => Math.min(BINS - 1, Math.floor(estimate * BINS)) === bin),
  );
  return {
    examples: examples.length,
    logLoss: meanOf(pairs.map(({ accepted, estimate }) => crossEntropy(accepted, estimate))),
    constantLogLoss: meanOf(pairs.map(({ accepted }) => crossEntropy(accepted, mean))),
    leastLogLoss: meanOf(pairs.map(({ accepted }) => crossEntropy(accepted, accepted))),
    calibration: bins.flatMap((bin, i) =>
      bin.length === 0
        ? []
        : {
            from: i / BINS,
            to: (i + 1) / BINS,
            examples: bin.length,
            meanEstimate: meanOf(bin.map(({ estimate }) => estimate)),
            meanAccepted: meanOf(bin.map(({ accepted }) => accepted)),
          },
    ),
  };
}

export function crossEntropy(chance: number, estimate: number): number {
  const term = (weight: number, probability: number): number => (weight === 0 ? 0 : -weight * Math.log(probability));
  return term(chance, estimate) + term(1 - chance, 1 - estimate);
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
