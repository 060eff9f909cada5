/** Logistic regression by Newton's method. */
import type { LearnedPredictor } from '@outrider/speculation';
import type { Example } from './examples.js';
import { INPUTS, scale, unscale } from './inputs.js';
import { solve } from './solve.js';

/** Keeps the fit finite where the examples are separable; of each example, on scaled weights. */
const RIDGE = 1e-4;
const ITERATIONS = 30;
const CONVERGED = 1e-10;

/** Minimises the mean cross-entropy between the examples' chances and the estimates. */
export function fitLogistic(examples: readonly Example[]): LearnedPredictor {
  const scaled = scale(examples);
  const width = INPUTS.length;
  const size = width + 1;
  /** The bias first. */
  let parameters = new Array<number>(size).fill(0);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const gradient = parameters.map((value, j) => (j === 0 ? 0 : RIDGE * examples.length * value));
    const hessian = parameters.map((_, j) =>
      parameters.map((_value, k) => (j === k && j > 0 ? RIDGE * examples.length : 1e-9)),
    );
    for (let i = 0; i < examples.length; i++) {
      const row = [1, ...scaled.inputs.subarray(i * width, (i + 1) * width)];
      const logit = row.reduce((sum, value, j) => sum + value * (parameters[j] as number), 0);
      const estimate = 1 / (1 + Math.exp(-logit));
      const error = estimate - (scaled.targets[i] as number);
      const curvature = estimate * (1 - estimate);
      for (let j = 0; j < size; j++) {
        const value = row[j] as number;
        gradient[j] = (gradient[j] as number) + error * value;
        const line = hessian[j] as number[];
        for (let k = 0; k < size; k++) line[k] = (line[k] as number) + curvature * value * (row[k] as number);
      }
    }
    const step = solve(hessian, gradient);
    parameters = parameters.map((value, j) => value - (step[j] as number));
    if (Math.max(...step.map(Math.abs)) < CONVERGED) break;
  }
  const [bias = 0, ...weights] = parameters;
  return { ...unscale(bias, weights, scaled), hidden: [] };
}
