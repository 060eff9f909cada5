import { decodeGenerateRequest, createVocabulary, encodeGenerateRequest } from '@outrider/contracts';
import { describe, expect, it } from 'vitest';
import type { GenerateOptions } from '../options/generate-options.js';
import { generateCommand } from './command.js';

const options: GenerateOptions = {
  prompt: 'unused: the text is read before',
  temperature: 0.5,
  topK: 40,
  seed: 9n,
  maxTokens: 12,
  draft: true,
};
const sampling = { temperature: 0.5, topK: 40, topP: 1, seed: 9n };

describe('generateCommand', () => {
  it('asks for an answer to a chat message, after the system message if there is one', () => {
    const user = { role: 'user', content: 'Hello' };
    expect(generateCommand(options, 'Hello', undefined)).toEqual({
      prompt: { type: 'messages', messages: [user] },
      sampling,
      maxTokens: 12,
    });
    expect(generateCommand({ ...options, system: 'Be brief.' }, 'Hello', undefined).prompt).toEqual({
      type: 'messages',
      messages: [{ role: 'system', content: 'Be brief.' }, user],
    });
  });

  it('asks for a continuation of plain text', () => {
    expect(generateCommand({ ...options, raw: true, topP: 0.9 }, 'Hello', { kind: 'off' })).toEqual({
      prompt: { type: 'text', text: 'Hello' },
      sampling: { ...sampling, topP: 0.9 },
      maxTokens: 12,
      policy: { kind: 'off' },
    });
  });

  const everything: GenerateOptions = {
    ...options,
    minP: 0.05,
    repetitionPenalty: 1.25,
    frequencyPenalty: 0.5,
    presencePenalty: -0.5,
    logitBias: [{ id: 5, bias: -2.5 }],
    banToken: [7, 8],
    acceptance: 'coupled',
    stop: ['\n\n', 'END'],
    stopToken: [28],
    ignoreEos: true,
    logprobs: 0,
  };

  it('asks for everything that was given', () => {
    expect(generateCommand(everything, 'Hello', undefined)).toEqual({
      prompt: { type: 'messages', messages: [{ role: 'user', content: 'Hello' }] },
      sampling: {
        ...sampling,
        minP: 0.05,
        adjustments: {
          repetitionPenalty: 1.25,
          frequencyPenalty: 0.5,
          presencePenalty: -0.5,
          bias: [
            { id: 5, bias: -2.5 },
            { id: 7, bias: -Infinity },
            { id: 8, bias: -Infinity },
          ],
        },
      },
      maxTokens: 12,
      acceptance: 'coupled',
      stop: ['\n\n', 'END'],
      stopTokenIds: [28],
      ignoreEos: true,
      logprobs: 0,
    });
  });

  it.each([
    ['little', options],
    ['everything', everything],
  ])('survives the wire with %s asked for', (_, choices) => {
    const command = generateCommand(choices, 'Hello', { kind: 'static', draftTokens: 4 });
    const wire = encodeGenerateRequest(command);
    expect(decodeGenerateRequest(wire, createVocabulary(100))).toEqual(command);
  });
});
