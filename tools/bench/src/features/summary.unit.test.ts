import { describe, expect, it } from 'vitest';
import { type FeatureMeasurement, featuresReport, summarizeFeatures } from './summary.js';

const measured = (change: Partial<FeatureMeasurement>): FeatureMeasurement => ({
  name: 'plain',
  policy: 'off',
  temperature: 1,
  prompt: 'a',
  decodeTokens: 50,
  decodeMs: 500,
  timeToFirstTokenMs: 40,
  rounds: 50,
  drafted: 0,
  accepted: 0,
  ...change,
});

describe('summarizeFeatures', () => {
  const summary = summarizeFeatures([
    measured({}),
    measured({ prompt: 'b', decodeTokens: 150, decodeMs: 1500, timeToFirstTokenMs: 60 }),
    measured({ name: 'schema', decodeMs: 625 }),
    measured({ policy: 'adaedl', decodeMs: 250, drafted: 40, accepted: 20 }),
    measured({ policy: 'adaedl', name: 'schema', decodeMs: 500 }),
  ]);

  it('pools the prompts of a cell and compares with the plain text of the same policy', () => {
    expect(
      summary.map(({ name, policy, tokensPerSecond, ratioToPlain }) => [name, policy, tokensPerSecond, ratioToPlain]),
    ).toEqual([
      ['plain', 'off', 100, 1],
      ['schema', 'off', 80, 0.8],
      ['plain', 'adaedl', 200, 1],
      ['schema', 'adaedl', 100, 0.5],
    ]);
    expect(summary[0]?.medianTimeToFirstTokenMs).toBe(50);
    expect(summary[2]?.acceptanceRate).toBe(0.5);
  });

  it('is shown as a table', () => {
    const lines = featuresReport(summary).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^plain\s+adaedl\s+1\s+200\.0\s+1\.00\s+50 %/);
  });
});
