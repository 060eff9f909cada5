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

  it('survives the wire', () => {
    const command = generateCommand(options, 'Hello', { kind: 'static', draftTokens: 4 });
    const wire = encodeGenerateRequest(command);
    expect(decodeGenerateRequest(wire, createVocabulary(100))).toEqual(command);
  });
});
