import {
  createVocabulary,
  decodeGenerateRequest,
  encodeGenerateRequest,
  limits,
  type GenerateCommand,
} from '@outrider/contracts';
import { describe, expect, it } from 'vitest';
import { generateCommand } from '../generation/command.js';
import type { GenerateOptions } from './generate-options.js';
import { WIRE_LIMITS } from './wire-limits.js';

const { adjustment, ...sizes } = WIRE_LIMITS;
const BEYOND = 1 + 1e-6;
const options: GenerateOptions = { prompt: '', temperature: 1, topK: 0, seed: 1n, maxTokens: 1, draft: true };
const vocabulary = createVocabulary(10_000);

/** The request as the server reads it. Throws what the server would. */
function received(choices: Partial<GenerateOptions>): GenerateCommand {
  const command = generateCommand({ ...options, ...choices }, 'Hello', undefined);
  return decodeGenerateRequest(encodeGenerateRequest(command), vocabulary);
}

describe('the limits of the wire', () => {
  it('are repeated as they are', () => {
    expect(limits).toMatchObject(sizes);
  });

  const bias = (value: number): Partial<GenerateOptions> => ({ logitBias: [{ id: 5, bias: value }] });
  const ids = (length: number): number[] => Array.from({ length }, (_, id) => id);

  it.each<readonly [string, Partial<GenerateOptions>, Partial<GenerateOptions>]>([
    ['min_p', { minP: 1 }, { minP: BEYOND }],
    ['repetition_penalty', { repetitionPenalty: adjustment }, { repetitionPenalty: adjustment * BEYOND }],
    ['repetition_penalty', { repetitionPenalty: 1e-9 }, { repetitionPenalty: 0 }],
    ['frequency_penalty', { frequencyPenalty: adjustment }, { frequencyPenalty: adjustment * BEYOND }],
    ['frequency_penalty', { frequencyPenalty: -adjustment }, { frequencyPenalty: -adjustment * BEYOND }],
    ['presence_penalty', { presencePenalty: adjustment }, { presencePenalty: adjustment * BEYOND }],
    ['presence_penalty', { presencePenalty: -adjustment }, { presencePenalty: -adjustment * BEYOND }],
    ['logit_bias', bias(adjustment), bias(adjustment * BEYOND)],
    ['logit_bias', bias(-adjustment), bias(-adjustment * BEYOND)],
    ['banned_token_ids', { banToken: ids(sizes.biases) }, { banToken: ids(sizes.biases + 1) }],
    ['stop', { stop: ['a'.repeat(sizes.stopStringBytes)] }, { stop: ['a'.repeat(sizes.stopStringBytes + 1)] }],
    ['stop_token_ids', { stopToken: ids(sizes.stopTokens) }, { stopToken: ids(sizes.stopTokens + 1) }],
    ['logprobs', { logprobs: sizes.logprobs }, { logprobs: sizes.logprobs + 1 }],
  ])('is what the server accepts of %s, and no more', (field, largest, beyond) => {
    expect(received(largest)).toEqual(generateCommand({ ...options, ...largest }, 'Hello', undefined));
    expect(() => received(beyond)).toThrow(field);
  });
});
