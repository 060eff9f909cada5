import { limits } from '@outrider/contracts';
import { expect, it } from 'vitest';
import { LARGEST_MAX_TOKENS, LARGEST_TEMPERATURE, SMALLEST_TEMPERATURE } from './generate-options.js';
import { LARGEST_STATIC } from './policy-option.js';

it('repeats the limits of the wire as they are', () => {
  expect({
    draftTokens: LARGEST_STATIC,
    tokens: LARGEST_MAX_TOKENS,
    minTemperature: SMALLEST_TEMPERATURE,
    maxTemperature: LARGEST_TEMPERATURE,
  }).toEqual({
    draftTokens: limits.draftTokens,
    tokens: limits.tokens,
    minTemperature: limits.minTemperature,
    maxTemperature: limits.maxTemperature,
  });
});
