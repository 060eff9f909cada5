import type { AcceptancePredictor, DraftSource, PredictorWeights, SurvivalLimits } from '@outrider/speculation';
import { finite, inRange, listLength, wireList } from './checks.js';
import { limits } from './limits.js';
import type * as wire from './wire.js';

export function encodeSurvival({ beforePass, predictors, toPropose }: SurvivalLimits): wire.SurvivalLimits {
  return {
    neural: predictors.neural && encodePredictor(predictors.neural),
    ngram: predictors.ngram && encodePredictor(predictors.ngram),
    beforePass: wireList(beforePass),
    toPropose: wireList(toPropose),
  };
}

/** Errors: invalid_argument with the field's path. */
export function decodeSurvival(message: wire.SurvivalLimits, field: string): SurvivalLimits {
  const predictors: Partial<Record<DraftSource, AcceptancePredictor>> = {};
  if (message.neural) predictors.neural = decodePredictor(message.neural, `${field}.neural`);
  if (message.ngram) predictors.ngram = decodePredictor(message.ngram, `${field}.ngram`);
  return {
    predictors,
    beforePass: decodeThresholds(message.beforePass, `${field}.before_pass`),
    toPropose: decodeThresholds(message.toPropose, `${field}.to_propose`),
  };
}

function encodePredictor({ bias, hidden, weights }: AcceptancePredictor): wire.AcceptancePredictor {
  return { bias, weights, hidden: wireList(hidden) };
}

function decodePredictor(message: wire.AcceptancePredictor, field: string): AcceptancePredictor {
  listLength(message.hidden.length, 0, limits.hiddenUnits, `${field}.hidden`);
  return {
    bias: finite(message.bias, `${field}.bias`),
    weights: decodeWeights(message.weights, `${field}.weights`),
    hidden: message.hidden.map((unit, i) => ({
      output: finite(unit.output, `${field}.hidden[${i}].output`),
      bias: finite(unit.bias, `${field}.hidden[${i}].bias`),
      weights: decodeWeights(unit.weights, `${field}.hidden[${i}].weights`),
    })),
  };
}

function decodeWeights(message: wire.PredictorWeights | undefined, field: string): PredictorWeights {
  const { sqrtEntropy = 0, logTopProbability = 0, index = 0 } = message ?? {};
  return {
    sqrtEntropy: finite(sqrtEntropy, `${field}.sqrt_entropy`),
    logTopProbability: finite(logTopProbability, `${field}.log_top_probability`),
    index: finite(index, `${field}.index`),
  };
}

/** Above 1 nothing survives: a rule may say so. */
function decodeThresholds(values: readonly number[], field: string): number[] {
  listLength(values.length, 0, limits.draftTokens, field);
  return values.map((value, i) => inRange(value, 0, Number.MAX_VALUE, `${field}[${i}]`));
}
