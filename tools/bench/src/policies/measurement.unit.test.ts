import { describe, expect, it } from 'vitest';
import { sampleGeneration } from './measurement.fixture.js';
import { histogram, measurementOf } from './measurement.js';

const key = { prompt: 'code-1', kind: 'code', temperature: 0, repeat: 0, policy: 'static:2' } as const;

describe('what is kept of a generation', () => {
  const kept = measurementOf(key, sampleGeneration);

  it('leaves the first round, and so the prefill, out of decoding', () => {
    expect(kept).toMatchObject({ decodeTokens: 5, decodeMs: 50, decodeComputeMs: 9 + 3 + 9 + 1 });
    expect(kept).toMatchObject({ timeToFirstTokenMs: 100, totalMs: 150, completionTokens: 6 });
  });

  it('adds all rounds up', () => {
    expect(kept).toMatchObject({ rounds: 3, drafted: 5, accepted: 3, roundMs: 42, draftMs: 9, targetMs: 30 });
    expect(kept).toMatchObject({ draftComputeMs: 6, targetComputeMs: 27 });
    expect(kept.stopReasons).toEqual({ max_tokens: 2, end_of_text: 1 });
    expect(kept.acceptedHistogram).toEqual([1, 1, 1]);
  });

  it('names the generation', () => expect(kept).toMatchObject(key));
});

it('a histogram counts from 0 to the largest value', () => {
  expect(histogram([3, 0, 3])).toEqual([1, 0, 0, 2]);
  expect(histogram([])).toEqual([]);
});
