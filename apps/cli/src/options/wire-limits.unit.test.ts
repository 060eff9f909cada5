import { limits } from '@outrider/contracts';
import { expect, it } from 'vitest';
import { LARGEST_MAX_TOKENS, LARGEST_TEMPERATURE, SMALLEST_TEMPERATURE } from './generate-options.js';

it('repeats the limits of the wire as they are', () => {
  expect({
    tokens: LARGEST_MAX_TOKENS,
    minTemperature: SMALLEST_TEMPERATURE,
    maxTemperature: LARGEST_TEMPERATURE,
  }).toEqual({
    tokens: limits.tokens,
    minTemperature: limits.minTemperature,
    maxTemperature: limits.maxTemperature,
  });
});
