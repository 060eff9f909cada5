/** Examples as the numbers that a predictor weighs, scaled so that the fit is well conditioned. */
import type { LearnedInputWeights } from '@outrider/speculation';
import type { Example } from './examples.js';

/** The order of the inputs in vectors. */
export const INPUTS = [
  'sqrtEntropy',
  'logTopProbability',
  'index',
  'recentAcceptance',
] as const satisfies readonly (keyof LearnedInputWeights)[];

export interface Scaled {
  /** Row by row, [examples x INPUTS.length], each input with mean 0 and deviation 1. */
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

export function inputsOf({ entropy, index, recentAcceptance, topProbability }: Example): number[] {
  // As predictAcceptance takes them.
  return [Math.sqrt(entropy), Math.log(Math.max(topProbability, Number.MIN_VALUE)), index, recentAcceptance];
}

export function scale(examples: readonly Example[]): Scaled {
  const width = INPUTS.length;
  const inputs = new Float64Array(examples.length * width);
  examples.forEach((example, i) => inputs.set(inputsOf(example), i * width));
  const means = INPUTS.map((_, j) => meanOf(examples.length, (i) => inputs[i * width + j] as number));
  const deviations = means.map((mean, j) => {
    const variance = meanOf(examples.length, (i) => ((inputs[i * width + j] as number) - mean) ** 2);
    return Math.sqrt(variance) || 1;
  });
  for (let i = 0; i < inputs.length; i++) {
    const j = i % width;
    inputs[i] = ((inputs[i] as number) - (means[j] as number)) / (deviations[j] as number);
  }
  return { inputs, targets: Float64Array.from(examples, ({ accepted }) => accepted), means, deviations };
}

/** Weights of scaled inputs as a bias and weights of the inputs themselves. */
export function unscale(
  bias: number,
  weights: readonly number[],
  { deviations, means }: Scaled,
): { bias: number; weights: LearnedInputWeights } {
  const own = weights.map((weight, j) => weight / (deviations[j] as number));
  const shift = own.reduce((sum, weight, j) => sum + weight * (means[j] as number), 0);
  const [sqrtEntropy = 0, logTopProbability = 0, index = 0, recentAcceptance = 0] = own;
  return { bias: bias - shift, weights: { sqrtEntropy, logTopProbability, index, recentAcceptance } };
}

function meanOf(count: number, valueAt: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += valueAt(i);
  return sum / Math.max(1, count);
}
