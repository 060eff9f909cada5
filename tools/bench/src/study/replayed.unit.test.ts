import { expect, it } from 'vitest';
import { draftStep, unitProfile } from '../profiles/profile.fixture.js';
import { replayAll } from '../replay/replay-all.js';
import { traceHeader, traceText } from '../trace/trace.fixture.js';
import { boundBins } from './bound.js';
import { cellOf, rowOf } from './cell.js';
import { lambdaMeans } from './lambda.js';
import { replayFigures } from './replayed.js';

const texts = [
  traceText([0.9, 0.2, 1, 0.7, 1, 0.4, 0.8, 1]),
  traceText([0.5, 0.5, 0.9, 1], { prompt: 'lists-1', kind: 'lists' }),
];
const trace = { header: traceHeader({ temperature: 1 }), texts };
const profile = unitProfile({ draft: draftStep(0.2) });
const policies = ['off', 'static:2', 'adaedl@7'];
const replay = { trace, profile, policies, seeds: [1n, 2n, 3n], learned: undefined };

it('says of each generation what a replay says of all', async () => {
  const figures = await replayFigures(replay, new AbortController().signal);
  expect(figures).toHaveLength(policies.length * texts.length * 3);
  const cell = cellOf({ source: 'unit', draft: 'default', temperature: 1 }, policies, figures);
  for (const row of replayAll({ trace, profile, policies, seeds: replay.seeds }).filter(({ kind }) => kind === 'all')) {
    const own = rowOf(cell, row.policy);
    expect(own?.tokensPerSecond).toBeCloseTo(row.decodeTokensPerSecond, 6);
    expect(own?.acceptedLength).toBeCloseTo(row.acceptedLength, 9);
    expect(own?.ceilingShare).toBeCloseTo(row.clairvoyantShare, 9);
    expect(own?.drafted).toBe(row.drafted);
  }
});

it('ends between two policies when it is to', async () => {
  await expect(replayFigures(replay, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});

it('shows lambda by round, of the policies that have one', async () => {
  const means = lambdaMeans();
  await replayFigures(replay, new AbortController().signal, means.watch);
  expect(means.of('off')).toEqual([]);
  const lambda = means.of('adaedl@7');
  expect(lambda[0]).toBe(0.5);
  expect(lambda.length).toBeGreaterThan(1);
  for (const [i, value] of lambda.entries())
    expect(Math.abs(value - (lambda[i - 1] ?? 0.5))).toBeLessThanOrEqual(0.0011);
});

it('holds acceptance against the bound by entropy', () => {
  const low = traceText([1, 1], { entropy: [0.1, 0.2], expectedAcceptance: [0.9, 1] });
  const high = traceText([0, 0], { entropy: [3, 6], expectedAcceptance: [0.3, 0.1], sources: 'n-' });
  expect(boundBins('default', { ...trace, texts: [low, high] })).toEqual([
    expect.objectContaining({ from: 0, to: 0.25, places: 2, acceptance: 0.95 }),
    expect.objectContaining({ from: 2, to: 4, places: 1, acceptance: 0.3, bound: 1 - Math.sqrt(0.6) }),
  ]);
});
