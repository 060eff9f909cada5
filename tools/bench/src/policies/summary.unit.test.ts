import { describe, expect, it } from 'vitest';
import { measurement } from './measurement.fixture.js';
import { summarize } from './summary.js';

/** Two prompts of different kinds, measured with `off` (10 and 5 ms a token) and a policy (5 and 4 ms a token). */
const measurements = [
  measurement({ decodeTokens: 10, decodeMs: 100 }),
  measurement({ prompt: 'lists-1', kind: 'lists', decodeTokens: 100, decodeMs: 500, timeToFirstTokenMs: 70 }),
  measurement({
    policy: 'static:2',
    decodeTokens: 20,
    decodeMs: 100,
    rounds: 8,
    drafted: 16,
    accepted: 4,
    acceptedHistogram: [5, 2, 1],
    stopReasons: { max_tokens: 8 },
    roundMs: 100,
    draftMs: 20,
    targetMs: 79,
    draftComputeMs: 16,
    targetComputeMs: 72,
  }),
  measurement({ policy: 'static:2', prompt: 'lists-1', kind: 'lists', decodeTokens: 100, decodeMs: 400, rounds: 4 }),
];
const summaries = summarize(measurements, [0], ['off', 'static:2']);
const find = (policy: string, kind: string) => summaries.find((each) => each.policy === policy && each.kind === kind);

describe('a summary', () => {
  it('pools tokens and time, so that long texts count for more', () => {
    expect(find('off', 'all')?.decodeTokensPerSecond).toBeCloseTo(110 / 0.6, 9);
    expect(find('static:2', 'all')?.decodeTokensPerSecond).toBeCloseTo(120 / 0.5, 9);
    expect(find('off', 'all')?.medianDecodeTokensPerSecond).toBeCloseTo((100 + 200) / 2, 9);
    expect(find('off', 'all')?.totalTokensPerSecond).toBeCloseTo(22 / 0.3, 9);
  });

  it('compares with off on the same prompts, pooled and in the middle', () => {
    expect(find('static:2', 'all')?.ratioToOff?.overall).toBeCloseTo(240 / (110 / 0.6), 9);
    expect(find('static:2', 'all')?.ratioToOff?.median).toBeCloseTo((2 + 1.25) / 2, 9);
    expect(find('static:2', 'code')?.ratioToOff).toEqual({ overall: 2, median: 2 });
    expect(find('off', 'all')?.ratioToOff).toEqual({ overall: 1, median: 1 });
  });

  it('counts drafted tokens and where the time of a round goes', () => {
    expect(find('static:2', 'code')).toMatchObject({
      drafted: 16,
      accepted: 4,
      thrownAway: 12,
      acceptanceRate: 0.25,
      meanAcceptanceLength: 11 / 8,
      acceptedHistogram: [5, 2, 1],
      stopReasons: { max_tokens: 8 },
      perRound: { roundMs: 12.5, draftMs: 2.5, draftComputeMs: 2, targetComputeMs: 9 },
      overheadShare: 0.12,
      clientOverheadShare: 0.1,
    });
    expect(find('off', 'all')?.acceptanceRate).toBeUndefined();
    expect(find('static:2', 'all')?.acceptedHistogram).toEqual([16, 2, 1]);
  });

  it('has kinds that were measured alone', () => {
    expect([...new Set(summaries.map(({ kind }) => kind))]).toEqual(['all', 'code', 'lists']);
  });
});

it('generations that end in their first round have no speed, and take part in no ratio', () => {
  const short = { decodeTokens: 0, decodeMs: 0 };
  const [off, other] = summarize(
    [measurement(short), measurement({ ...short, policy: 'adaedl' })],
    [0],
    ['off', 'adaedl'],
  );
  expect(off?.decodeTokensPerSecond).toBeUndefined();
  expect(other?.ratioToOff).toBeUndefined();
});

it('without off there are speeds and no ratios', () => {
  const [only] = summarize([measurement({ policy: 'adaedl' })], [0], ['adaedl']);
  expect(only?.decodeTokensPerSecond).toBe(100);
  expect(only?.ratioToOff).toBeUndefined();
});

it('temperatures and laps are not mixed', () => {
  const list = [
    measurement({ temperature: 1, repeat: 0, decodeMs: 100 }),
    measurement({ temperature: 1, repeat: 1, decodeMs: 400 }),
    measurement({ temperature: 1, repeat: 0, decodeMs: 50, policy: 'adaedl' }),
    measurement({ temperature: 1, repeat: 1, decodeMs: 100, policy: 'adaedl' }),
    measurement({ temperature: 0, repeat: 0, decodeMs: 1, policy: 'adaedl' }),
  ];
  const adaedl = summarize(list, [0, 1], ['off', 'adaedl']).filter(
    ({ policy, kind }) => policy === 'adaedl' && kind === 'all',
  );
  expect(adaedl.map(({ temperature, ratioToOff }) => [temperature, ratioToOff?.median])).toEqual([
    [0, undefined],
    [1, 3],
  ]);
});
