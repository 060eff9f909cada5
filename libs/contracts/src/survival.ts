import type { AcceptancePredictor, DraftSource, PredictorWeights, SurvivalLimits } from '@outrider/speculation';
import { finite, inRange, listLength, wireList } from './checks.js';
import { limits } from './limits.js';
import type * as wire from './wire.js';

export function encodeSurvival({ beforePass, predictors, sampled, toPropose }: SurvivalLimits): wire.SurvivalLimits {
  return {
    neural: predictors.neural && encodePredictor(predictors.neural),
    ngram: predictors.ngram && encodePredictor(predictors.ngram),
    sampledNeural: sampled?.neural && encodePredictor(sampled.neural),
    sampledNgram: sampled?.ngram && encodePredictor(sampled.ngram),
    beforePass: wireList(beforePass),
    toPropose: wireList(toPropose),
  };
}

/** Errors: invalid_argument with the field's path. */
export function decodeSurvival(message: wire.SurvivalLimits, field: string): SurvivalLimits {
  const { neural, ngram, sampledNeural, sampledNgram } = message;
  const sampled = decodePredictors(sampledNeural, sampledNgram, `${field}.sampled_`);
  return {
    predictors: decodePredictors(neural, ngram, `${field}.`),
    ...(Object.keys(sampled).length > 0 && { sampled }),
    beforePass: decodeThresholds(message.beforePass, `${field}.before_pass`),
    toPropose: decodeThresholds(message.toPropose, `${field}.to_propose`),
  };
}

type Predictors = Partial<Record<DraftSource, AcceptancePredictor>>;

function decodePredictors(
  neural: wire.AcceptancePredictor | undefined,
  ngram: wire.AcceptancePredictor | undefined,
  field: string,
): Predictors {
  return {
    ...(neural && { neural: decodePredictor(neural, `${field}neural`) }),
    ...(ngram && { ngram: decodePredictor(ngram, `${field}ngram`) }),
  };
}

function encodePredictor({ bias, hidden, weights }: AcceptancePredictor): wire.AcceptancePredictor {
  const units = hidden.map((unit) => ({ ...unit, weights: encodeWeights(unit.weights) }));
  return { bias, weights: encodeWeights(weights), hidden: units };
}

function encodeWeights({ logTokenProbability = 0, ...weights }: PredictorWeights): wire.PredictorWeights {
  return { ...weights, logTokenProbability };
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
  const { sqrtEntropy = 0, logTopProbability = 0, index = 0, logTokenProbability = 0 } = message ?? {};
  return {
    sqrtEntropy: finite(sqrtEntropy, `${field}.sqrt_entropy`),
    logTopProbability: finite(logTopProbability, `${field}.log_top_probability`),
    index: finite(index, `${field}.index`),
    ...(logTokenProbability !== 0 && {
      logTokenProbability: finite(logTokenProbability, `${field}.log_token_probability`),
    }),
  };
}

/** Above 1 nothing survives: a rule may say so. */
function decodeThresholds(values: readonly number[], field: string): number[] {
  listLength(values.length, 0, limits.draftTokens, field);
  return values.map((value, i) => inRange(value, 0, Number.MAX_VALUE, `${field}[${i}]`));
}
