import { describe, expect, it } from 'vitest';
import { checkGenerateOptions, type GenerateOptions } from './generate-options.js';

const options: GenerateOptions = { prompt: '', temperature: 0, topK: 0, seed: 0n, maxTokens: 1, draft: true };
const bias = (id: number) => ({ id, bias: 1 });

describe('checkGenerateOptions', () => {
  it.each<[string, Partial<GenerateOptions>]>([
    ["option '--compare' needs a draft: it compares speculation with target-only", { compare: true, draft: false }],
    [
      "option '--compare' needs a draft: it compares speculation with target-only",
      { compare: true, policy: { kind: 'off' } },
    ],
    ["option '--fork' needs '--session <name>': it forks a conversation", { fork: true }],
    ["option '--logit-bias <id:bias>' names token 5 again", { logitBias: [bias(5), bias(6), bias(5)] }],
    ["option '--ban-token <id>' names token 7 again", { banToken: [7, 7] }],
    [
      "option '--ban-token <id>' names token 5 again, also by option '--logit-bias <id:bias>'",
      { logitBias: [bias(5)], banToken: [5] },
    ],
  ])('says: %s', (message, choices) => {
    expect(() => checkGenerateOptions({ ...options, ...choices })).toThrow(message);
  });

  it('has nothing against the rest', () => {
    checkGenerateOptions(options);
    checkGenerateOptions({ ...options, compare: true, logitBias: [bias(5)], banToken: [6], stopToken: [5, 5] });
  });
});
