import { adjustedLogits } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustCandidates, adjustLogits, logitChanges } from './adjust.js';
import { draftDistribution, distributionFromLogits } from './sampling.js';
import type { LogitAdjustments, TokenId } from './types.js';

/** What becomes of these logits after a prompt and a generated part. */
function changed(
  logits: readonly number[],
  adjustments: LogitAdjustments,
  prompt: readonly TokenId[] = [],
  generated: readonly TokenId[] = [],
): number[] {
  const array = Float32Array.from(logits);
  adjustLogits(array, logitChanges(adjustments, { tokens: [...prompt, ...generated], promptLength: prompt.length }));
  return [...array];
}

const FLAT = [2, 2, 2, 2];

describe('repetition penalty', () => {
  it('divides positive logits and multiplies the others, of prompt and text, once however often they occur', () => {
    expect(changed([3, -3, 0, 3, -3], { repetitionPenalty: 1.5 }, [0, 2, 2], [1, 0, 1])).toEqual([2, -4.5, 0, 3, -3]);
  });

  it('below 1 favours what was there', () => {
    expect(changed([3, -3, 1], { repetitionPenalty: 0.5 }, [0], [1])).toEqual([6, -1.5, 1]);
  });

  it('of 1 changes nothing', () => {
    expect(changed([3, -3, 0], { repetitionPenalty: 1 }, [0, 1], [2])).toEqual([3, -3, 0]);
  });
});

describe('frequency and presence penalties', () => {
  it('subtract for each time, and for any time, of the generated part alone', () => {
    expect(changed(FLAT, { frequencyPenalty: 0.5 }, [0, 1, 1], [1, 2, 2, 2])).toEqual([2, 1.5, 0.5, 2]);
    expect(changed(FLAT, { presencePenalty: 0.5 }, [0, 1, 1], [1, 2, 2, 2])).toEqual([2, 1.5, 1.5, 2]);
    expect(changed(FLAT, { frequencyPenalty: 0.5, presencePenalty: 1 }, [0], [2, 2])).toEqual([2, 2, 0, 2]);
  });

  it('below 0 favour what was generated', () => {
    expect(changed(FLAT, { frequencyPenalty: -0.5, presencePenalty: -1 }, [], [3, 3])).toEqual([2, 2, 2, 4]);
  });

  it('change nothing before anything is generated', () => {
    expect(changed(FLAT, { frequencyPenalty: 2, presencePenalty: 2 }, [0, 1, 2, 3])).toEqual(FLAT);
  });
});

describe('biases', () => {
  it('of one token add up', () => {
    const bias = [1, 3, 1].map((id) => ({ id, bias: 0.25 }));
    expect(changed(FLAT, { bias })).toEqual([2, 2.5, 2, 2.25]);
  });

  it('of -Infinity ban a token, whatever else is said of it', () => {
    const bias = [
      { id: 1, bias: 100 },
      { id: 1, bias: -Infinity },
    ];
    const banned = changed(FLAT, { repetitionPenalty: 0.5, frequencyPenalty: -2, bias }, [1], [1]);
    expect(banned).toEqual([2, -Infinity, 2, 2]);
    const law = distributionFromLogits(Float32Array.from(banned), { temperature: 1, topK: 0, topP: 1, seed: 0n });
    expect(law.ids).toEqual([0, 2, 3]);
  });

  it('come last, after the penalties', () => {
    const adjustments = { repetitionPenalty: 2, frequencyPenalty: 1, presencePenalty: 0.5, bias: [{ id: 0, bias: 8 }] };
    // 4 / 2 - 2 * 1 - 0.5 + 8
    expect(changed([4, 4], adjustments, [], [0, 0])).toEqual([7.5, 4]);
  });
});

const vocabularySize = 6;
const token = fc.nat(vocabularySize - 1);
const eighths = fc.integer({ min: -16, max: 16 }).map((steps) => steps / 8);
const setting = fc.record({
  logits: fc.array(eighths, { minLength: vocabularySize, maxLength: vocabularySize }),
  prompt: fc.array(token, { maxLength: 6 }),
  generated: fc.array(token, { maxLength: 6 }),
  adjustments: fc.record({
    repetitionPenalty: fc.constantFrom(0.5, 1, 1.3, 2),
    frequencyPenalty: eighths,
    presencePenalty: eighths,
    bias: fc.array(fc.record({ id: token, bias: fc.oneof(eighths, fc.constant(-Infinity)) }), { maxLength: 4 }),
  }),
});
const leavesSome = (bias: readonly { id: number; bias: number }[]) =>
  new Set(bias.filter((entry) => entry.bias === -Infinity).map(({ id }) => id)).size < vocabularySize;

describe('adjustLogits', () => {
  it('agrees with the textbook', () => {
    fc.assert(
      fc.property(setting, ({ logits, prompt, generated, adjustments }) => {
        fc.pre(leavesSome(adjustments.bias));
        const expected = adjustedLogits(logits, adjustments, prompt, generated);
        changed(logits, adjustments, prompt, generated).forEach((value, id) =>
          expect(value + 0).toBe((expected[id] as number) + 0),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('knows tokens by their rows, and passes over a token without one', () => {
    // Rows hold the tokens 5, 9, 2.
    const rows = new Map([5, 9, 2].map((id, row) => [id, row]));
    const logits = Float32Array.of(1, 2, 3);
    const bias = [5, 2, 0, 1, 7].map((id) => ({ id, bias: id + 1 }));
    const changes = logitChanges({ frequencyPenalty: 1, bias }, { tokens: [9, 9, 2, 3], promptLength: 1 });
    adjustLogits(logits, changes, (id) => rows.get(id));
    expect([...logits]).toEqual([7, 1, 5]);
  });

  it('passes over ids beyond the vocabulary', () => {
    expect(changed([1, 2], { repetitionPenalty: 2, bias: [{ id: 2, bias: 1 }] }, [7, 0])).toEqual([0.5, 2]);
  });

  it('says whether a token is left', () => {
    const bans = (...ids: number[]) =>
      logitChanges({ bias: ids.map((id) => ({ id, bias: -Infinity })) }, { tokens: [], promptLength: 0 });
    expect(adjustLogits(Float32Array.of(1, 2), bans(0))).toBe(true);
    expect(adjustLogits(Float32Array.of(1, 2), bans(0, 1))).toBe(false);
  });
});

describe('adjustCandidates', () => {
  const none = { tokens: [], promptLength: 0 };

  it('sorts again, ties by the lowest id, and divides by the temperature', () => {
    const bias = [
      { id: 4, bias: -2 },
      { id: 9, bias: 1 },
    ];
    const candidates = adjustCandidates([4, 7, 9, 2], [3, 2, 1, 1], 0.5, logitChanges({ bias }, none));
    expect(candidates?.ids).toEqual([7, 9, 2, 4]);
    expect(candidates?.logits).toEqual([4, 4, 2, 2]);
    expect(candidates?.vocabularySize).toBe(4);
    expect(candidates?.logNormalizer).toBeCloseTo(Math.log(2 * Math.exp(4) + 2 * Math.exp(2)), 12);
  });

  it('leaves banned tokens out, and is undefined when none is left', () => {
    const ban = (...ids: number[]) => logitChanges({ bias: ids.map((id) => ({ id, bias: -Infinity })) }, none);
    expect(adjustCandidates([4, 7, 9], [3, 2, 1], 1, ban(4, 9))?.ids).toEqual([7]);
    expect(adjustCandidates([4, 7], [3, 2], 1, ban(4, 7, 9))).toBeUndefined();
  });

  it("is the target's law when all tokens are candidates", () => {
    const temperature = fc.constantFrom(0, 0.7, 1, 2);
    fc.assert(
      fc.property(setting, temperature, ({ logits, prompt, generated, adjustments }, temperature) => {
        fc.pre(leavesSome(adjustments.bias));
        const changes = logitChanges(adjustments, { tokens: [...prompt, ...generated], promptLength: prompt.length });
        const ids = logits.map((_, id) => id);
        const sampling = { temperature, topK: 0, topP: 1, seed: 0n };
        const candidates = adjustCandidates(ids, logits, temperature, changes);
        const law = candidates && draftDistribution(candidates, sampling);
        const array = Float32Array.from(logits);
        adjustLogits(array, changes);
        const expected = distributionFromLogits(array, sampling);
        const probabilities = (of: typeof expected) => ids.map((id) => of.probabilities[of.ids.indexOf(id)] ?? 0);
        if (temperature === 0) {
          // In float32 two logits may be equal that are not quite.
          expect(array[law?.ids[0] as number]).toBe(array[expected.ids[0] as number]);
        } else {
          probabilities(law as typeof expected).forEach((p, id) =>
            expect(Math.abs(p - (probabilities(expected)[id] as number))).toBeLessThan(1e-6),
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});
