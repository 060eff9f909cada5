import type { LogitAdjustments, Sampling, TokenBias } from '@outrider/speculation';
import { inRange, inRangeAbove, listLength } from './checks.js';
import { decodeConstraint, encodeConstraint } from './constraint.js';
import { invalidArgument } from './error.js';
import { limits } from './limits.js';
import { type Vocabulary, checkTokenId } from './vocabulary.js';
import type * as wire from './wire.js';

/** Of a penalty or a bias; nothing a logit does not swallow. */
const LARGEST = 100;

/** Greedy decoding over the whole vocabulary: what an absent message means. */
const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, seed: 0n };

export function encodeSampling(sampling: Sampling): wire.Sampling {
  return {
    temperature: sampling.temperature,
    topK: sampling.topK,
    topP: sampling.topP === 1 ? undefined : sampling.topP,
    seed: sampling.seed,
    minP: sampling.minP ?? 0,
    ...encodeAdjustments(sampling.adjustments ?? {}),
    constraint: sampling.constraint && encodeConstraint(sampling.constraint),
  };
}

function encodeAdjustments(adjustments: LogitAdjustments) {
  const { repetitionPenalty, frequencyPenalty = 0, presencePenalty = 0, bias = [] } = adjustments;
  return {
    repetitionPenalty,
    frequencyPenalty,
    presencePenalty,
    logitBias: bias.flatMap(({ id, bias: value }) => (value === -Infinity ? [] : [{ tokenId: id, bias: value }])),
    bannedTokenIds: bias.flatMap(({ id, bias: value }) => (value === -Infinity ? [id] : [])),
  };
}

/** Errors: invalid_argument with the field's path. Without a vocabulary, token ids are not checked. */
export function decodeSampling(message: wire.Sampling | undefined, field: string, vocabulary?: Vocabulary): Sampling {
  if (message === undefined) return greedy;
  const { temperature } = message;
  if (temperature !== 0) {
    inRange(temperature, limits.minTemperature, limits.maxTemperature, `${field}.temperature`);
  }
  return {
    // -0 is 0: nothing after this has to tell them apart.
    temperature: temperature === 0 ? 0 : temperature,
    topK: message.topK,
    topP: message.topP === undefined ? 1 : inRangeAbove(message.topP, 0, 1, `${field}.top_p`),
    seed: message.seed,
    ...(message.minP !== 0 && { minP: inRange(message.minP, 0, 1, `${field}.min_p`) }),
    ...decodeAdjustments(message, field, vocabulary),
    ...(message.constraint && { constraint: decodeConstraint(message.constraint, `${field}.constraint`) }),
  };
}

/** `{adjustments}` to spread into a record, or nothing when the message asks for none. */
function decodeAdjustments(
  message: wire.Sampling,
  field: string,
  vocabulary: Vocabulary | undefined,
): { readonly adjustments?: LogitAdjustments } {
  const { repetitionPenalty = 1, frequencyPenalty, presencePenalty } = message;
  const penalty = (value: number, name: string) => inRange(value, -LARGEST, LARGEST, `${field}.${name}`);
  const bias = decodeBias(message, field, vocabulary);
  const adjustments: LogitAdjustments = {
    ...(repetitionPenalty !== 1 && {
      repetitionPenalty: inRangeAbove(repetitionPenalty, 0, LARGEST, `${field}.repetition_penalty`),
    }),
    ...(frequencyPenalty !== 0 && { frequencyPenalty: penalty(frequencyPenalty, 'frequency_penalty') }),
    ...(presencePenalty !== 0 && { presencePenalty: penalty(presencePenalty, 'presence_penalty') }),
    ...(bias.length > 0 && { bias }),
  };
  return Object.keys(adjustments).length === 0 ? {} : { adjustments };
}

function decodeBias(message: wire.Sampling, field: string, vocabulary: Vocabulary | undefined): TokenBias[] {
  const { logitBias, bannedTokenIds } = message;
  listLength(logitBias.length, 0, limits.biases, `${field}.logit_bias`);
  listLength(bannedTokenIds.length, 0, limits.biases, `${field}.banned_token_ids`);
  const seen = new Set<number>();
  const once = (id: number, path: string): void => {
    if (vocabulary !== undefined) checkTokenId(id, vocabulary, path);
    if (seen.has(id)) throw invalidArgument(path, `token ${id} is named twice`);
    seen.add(id);
  };
  return [
    ...logitBias.map(({ tokenId: id, bias }, i) => {
      once(id, `${field}.logit_bias[${i}].token_id`);
      return { id, bias: inRange(bias, -LARGEST, LARGEST, `${field}.logit_bias[${i}].bias`) };
    }),
    ...bannedTokenIds.map((id, i) => {
      once(id, `${field}.banned_token_ids[${i}]`);
      return { id, bias: -Infinity };
    }),
  ];
}
