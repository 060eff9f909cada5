/** A logistic predictor with one hidden layer of rectified units beside its direct weights, by Adam (arXiv:1412.6980). */
import { type KeyedRandom, type LearnedPredictor, keyedRandom } from '@outrider/speculation';
import type { Example } from './examples.js';
import { INPUTS, type Scaled, scale, unscale } from './inputs.js';

export interface HiddenLayerOptions {
  readonly units: number;
  readonly epochs: number;
  readonly batch: number;
  /** Of the first step; it falls along a half cosine to 0. */
  readonly rate: number;
  readonly seed: bigint;
}

export const HIDDEN_LAYER_DEFAULTS: HiddenLayerOptions = { units: 6, epochs: 30, batch: 256, rate: 0.01, seed: 1n };

const BETA1 = 0.9;
const BETA2 = 0.999;
const TINY = 1e-8;
const WIDTH = INPUTS.length;
/** Of a unit: its output weight, its bias, its weights. */
const UNIT = WIDTH + 2;

/** Minimises the mean cross-entropy between the examples' chances and the estimates. */
export function fitHiddenLayer(
  examples: readonly Example[],
  given: Partial<HiddenLayerOptions> = {},
): LearnedPredictor {
  const options = { ...HIDDEN_LAYER_DEFAULTS, ...given };
  const { batch, epochs, rate, seed, units } = options;
  const scaled = scale(examples);
  const random = keyedRandom(seed);
  const parameters = startingParameters(units, random);
  const gradient = new Float64Array(parameters.length);
  const first = new Float64Array(parameters.length);
  const second = new Float64Array(parameters.length);
  const order = Uint32Array.from(examples, (_, i) => i);
  const steps = epochs * Math.ceil(examples.length / batch);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random, epoch);
    for (let from = 0; from < order.length; from += batch) {
      gradient.fill(0);
      const chosen = order.subarray(from, from + batch);
      for (const i of chosen) addGradient(gradient, parameters, units, scaled, i);
      step++;
      const length = (rate / 2) * (1 + Math.cos((Math.PI * step) / steps));
      for (let j = 0; j < parameters.length; j++) {
        const slope = (gradient[j] as number) / chosen.length;
        const mean = (first[j] = BETA1 * (first[j] as number) + (1 - BETA1) * slope);
        const square = (second[j] = BETA2 * (second[j] as number) + (1 - BETA2) * slope * slope);
        const scaledMean = mean / (1 - BETA1 ** step);
        const root = Math.sqrt(square / (1 - BETA2 ** step));
        parameters[j] = (parameters[j] as number) - (length * scaledMean) / (root + TINY);
      }
    }
  }
  return predictorOf(parameters, units, scaled);
}

/** The bias and the direct weights, all 0, then the units, with small random weights. */
function startingParameters(units: number, random: KeyedRandom): Float64Array {
  const parameters = new Float64Array(1 + WIDTH + units * UNIT);
  for (let j = 1 + WIDTH; j < parameters.length; j++) parameters[j] = random.uniform(j, 'draft') - 0.5;
  return parameters;
}

function addGradient(
  gradient: Float64Array,
  parameters: Float64Array,
  units: number,
  { inputs, targets }: Scaled,
  example: number,
): void {
  const row = example * WIDTH;
  const weigh = (at: number): number => {
    let sum = 0;
    for (let k = 0; k < WIDTH; k++) sum += (parameters[at + k] as number) * (inputs[row + k] as number);
    return sum;
  };
  const add = (at: number, value: number): void => {
    gradient[at] = (gradient[at] as number) + value;
  };
  let logit = (parameters[0] as number) + weigh(1);
  const active: number[] = [];
  for (let unit = 0; unit < units; unit++) {
    const at = 1 + WIDTH + unit * UNIT;
    const value = Math.max(0, (parameters[at + 1] as number) + weigh(at + 2));
    active.push(value);
    logit += (parameters[at] as number) * value;
  }
  const error = 1 / (1 + Math.exp(-logit)) - (targets[example] as number);
  add(0, error);
  for (let k = 0; k < WIDTH; k++) add(1 + k, error * (inputs[row + k] as number));
  active.forEach((value, unit) => {
    if (value === 0) return;
    const at = 1 + WIDTH + unit * UNIT;
    const through = error * (parameters[at] as number);
    add(at, error * value);
    add(at + 1, through);
    for (let k = 0; k < WIDTH; k++) add(at + 2 + k, through * (inputs[row + k] as number));
  });
}

function predictorOf(parameters: Float64Array, units: number, scaled: Scaled): LearnedPredictor {
  const weightsAt = (at: number): number[] => Array.from(parameters.subarray(at, at + WIDTH));
  return {
    ...unscale(parameters[0] as number, weightsAt(1), scaled),
    hidden: Array.from({ length: units }, (_, unit) => {
      const at = 1 + WIDTH + unit * UNIT;
      return { output: parameters[at] as number, ...unscale(parameters[at + 1] as number, weightsAt(at + 2), scaled) };
    }),
  };
}

/** Fisher and Yates. */
function shuffle(order: Uint32Array, random: KeyedRandom, epoch: number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor((i + 1) * random.uniform(i, 'accept', epoch));
    [order[i], order[other]] = [order[other] as number, order[i] as number];
  }
}
