import { describe, expect, it } from 'vitest';
import { type ReuseSample, summarizeReuse } from './reuse.js';
import { memoryGrowth } from './soak.js';

describe('what caches save', () => {
  const sample = (name: ReuseSample['case'], number: number, firstTokenMs: number): ReuseSample => ({
    case: name,
    sample: number,
    promptTokens: 1000,
    cachedTokens: 0,
    firstTokenMs,
  });

  it('is compared within a sample, with the cold generation of its own kind', () => {
    const summaries = summarizeReuse([
      ...[sample('cold conversation', 0, 100), sample('next turn', 0, 10)],
      ...[sample('cold conversation', 1, 200), sample('next turn', 1, 40)],
      ...[sample('cold conversation', 2, 100), sample('next turn', 2, 15)],
      ...[sample('cold system prompt', 0, 50), sample('shared system prompt', 0, 10)],
      sample('shared system prompt', 0, 30),
    ]);
    expect(summaries.map((each) => [each.case, each.firstTokenMs, each.ratioToCold])).toEqual([
      ['cold conversation', 100, 1],
      ['next turn', 15, 0.15],
      ['cold system prompt', 50, 1],
      ['shared system prompt', 20, 0.4],
    ]);
  });
});

describe('the growth of memory', () => {
  const samples = (values: readonly number[]) =>
    values.map((target, i) => ({ sessions: i + 1, residentMiB: { target } }));

  it('is that of the last quarter over the quarter before it', () => {
    expect(memoryGrowth(samples([10, 50, 90, 100, 100, 100, 110, 110]))).toEqual({
      target: { firstMiB: 10, lastMiB: 110, lastHalfRatio: 1.1 },
    });
  });

  it('is of no process where the system does not tell', () => {
    expect(memoryGrowth(samples([]).map((each) => ({ ...each, residentMiB: {} })))).toEqual({});
  });
});
