import type { Sampling } from '@outrider/speculation';
import { inRange, inRangeAbove } from './checks.js';
import { limits } from './limits.js';
import type * as wire from './wire.js';

/** Greedy decoding over the whole vocabulary: what an absent message means. */
const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, seed: 0n };

export function encodeSampling(sampling: Sampling): wire.Sampling {
  return {
    temperature: sampling.temperature,
    topK: sampling.topK,
    topP: sampling.topP === 1 ? undefined : sampling.topP,
    seed: sampling.seed,
  };
}

export function decodeSampling(message: wire.Sampling | undefined, field: string): Sampling {
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
  };
}
