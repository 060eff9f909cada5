import { describe, expect, it } from 'vitest';
import { type ToyAdjustments, adjustedLogits } from './adjusted-logits.js';
import { autoregressiveLaw, nextTokenLaw } from './autoregressive-law.js';
import { enumerateOutcomes, largestDifference } from './enumerate.js';
import { constantModel, toyModel } from './toy-model.js';

describe('enumerateOutcomes', () => {
  it('walks every path of independent decisions', async () => {
    const { law, paths } = await enumerateOutcomes(async (chooser) => {
      const first = chooser.choose('coin', 0, 0, [1, 3]);
      const second = first === 0 ? 0 : chooser.choose('die', 1, 0, [1, 1, 2]);
      return `${first}${second}`;
    });
    expect(paths).toBe(4);
    const expected = new Map(Object.entries({ '00': 0.25, '10': 0.1875, '11': 0.1875, '12': 0.375 }));
    expect(largestDifference(law, expected)).toBeLessThan(1e-15);
  });

  it('treats one name as one number', async () => {
    const { law } = await enumerateOutcomes(async (chooser) => {
      const first = chooser.choose('u', 0, 0, [1, 1]);
      const second = chooser.choose('u', 0, 0, [1, 3]);
      return `${first}${second}`;
    });
    expect(Object.fromEntries(law)).toEqual({ '00': 0.25, '01': 0.25, '11': 0.5 });
  });

  it('never takes a choice without weight', async () => {
    const { law } = await enumerateOutcomes(async (chooser) => String(chooser.choose('u', 0, 0, [0, 1, 0])));
    expect([...law]).toEqual([['1', 1]]);
  });
});

describe('autoregressive law', () => {
  it('is the law of sampling token by token', async () => {
    const model = toyModel(3, 3);
    const options = { temperature: 0.7, topK: 0, topP: 0.9, maxTokens: 3, endTokenIds: [2] };
    const { law } = await enumerateOutcomes(async (chooser) => {
      const tokens = [1];
      do {
        const law = nextTokenLaw(model.logits(tokens), options);
        tokens.push(chooser.choose('next', tokens.length, 0, law));
      } while (tokens.length < 4 && tokens.at(-1) !== 2);
      return tokens.slice(1).join(',');
    });
    expect(largestDifference(law, autoregressiveLaw(model, [1], options))).toBeLessThan(1e-15);
    expect([...law.values()].reduce((a, b) => a + b)).toBeCloseTo(1, 14);
  });

  it('truncates by the book', () => {
    const logits = [Math.log(0.1), Math.log(0.4), Math.log(0.2), Math.log(0.3)];
    const close = (actual: number[], expected: number[]) =>
      expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 12));
    close(nextTokenLaw(logits, { temperature: 1, topK: 2, topP: 1 }), [0, 4 / 7, 0, 3 / 7]);
    close(nextTokenLaw(logits, { temperature: 1, topK: 0, topP: 0.6 }), [0, 4 / 7, 0, 3 / 7]);
    close(nextTokenLaw(logits, { temperature: 1, topK: 2, topP: 0.5 }), [0, 1, 0, 0]);
    close(nextTokenLaw([1, 1, 0], { temperature: 0, topK: 0, topP: 1 }), [1, 0, 0]);
    close(nextTokenLaw(logits, { temperature: 1, topK: 0, topP: 1, minP: 0.6 }), [0, 4 / 7, 0, 3 / 7]);
    close(nextTokenLaw(logits, { temperature: 1, topK: 0, topP: 0.95, minP: 0.45 }), [0, 4 / 9, 2 / 9, 3 / 9]);
    // (3/4)^2 is below 0.6: the shares are those at the temperature.
    close(nextTokenLaw(logits, { temperature: 0.5, topK: 2, topP: 1, minP: 0.6 }), [0, 1, 0, 0]);
  });

  it('changes logits by the book, in float32', () => {
    const [prompt, continuation] = [
      [0, 1],
      [2, 1, 2],
    ];
    const changed = (adjustments: ToyAdjustments) =>
      adjustedLogits([1.5, -1, 3, 0.25], adjustments, prompt, continuation);
    expect(changed({})).toEqual([1.5, -1, 3, 0.25]);
    expect(changed({ repetitionPenalty: 2 })).toEqual([0.75, -2, 1.5, 0.25]);
    expect(changed({ frequencyPenalty: 0.5 })).toEqual([1.5, -1.5, 2, 0.25]);
    expect(changed({ presencePenalty: 0.5 })).toEqual([1.5, -1.5, 2.5, 0.25]);
    expect(changed({ bias: [1, 3, 3].map((id) => ({ id, bias: 0.1 })) })).toEqual([
      1.5,
      Math.fround(-0.9),
      3,
      Math.fround(0.45),
    ]);
    expect(changed({ repetitionPenalty: 2, presencePenalty: 1, bias: [{ id: 2, bias: -Infinity }] })).toEqual([
      0.75,
      -3,
      -Infinity,
      0.25,
    ]);
  });

  it('changes logits by the tokens before each position', () => {
    const options = { temperature: 1, topK: 0, topP: 1, maxTokens: 2, endTokenIds: [] };
    const law = autoregressiveLaw(constantModel([0, 0]), [0], {
      ...options,
      adjustments: { frequencyPenalty: Math.log(3) },
    });
    // The prompt's 0 does not count; a token just generated is three times less likely.
    const expected = new Map(Object.entries({ '0,0': 1 / 8, '0,1': 3 / 8, '1,0': 3 / 8, '1,1': 1 / 8 }));
    expect(largestDifference(law, expected)).toBeLessThan(1e-7);
  });
});
