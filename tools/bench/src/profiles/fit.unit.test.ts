import { describe, expect, it } from 'vitest';
import { measurement } from '../policies/measurement.fixture.js';
import type { Measurement } from '../policies/measurement.js';
import { fitCosts, straightLine } from './fit.js';
import { parseProfile } from './files.js';

const KNOWN = { extraTokenShare: 0.2, ngramTokenMs: 0.01, blockTokens: 64 };

/** 100 rounds of a device with a round trip of 0.5 ms to each side and 0.3 ms besides. */
function measured(policy: string, length: number, whole: number): Measurement {
  const rounds = 100;
  const draftComputeMs = length === 0 ? 0 : rounds * (1.5 + (length - 1)) + whole * 0.2;
  const draftMs = draftComputeMs + (length === 0 ? 0 : rounds * 0.5);
  const targetComputeMs = rounds * (7 + length);
  const targetMs = targetComputeMs + rounds * 0.5;
  const roundMs = draftMs + targetMs + rounds * 0.3;
  const acceptedHistogram = Array.from({ length: length + 1 }, (_, i) => (i === length ? whole : 0));
  const decodeMs = (roundMs * (rounds - 1)) / rounds;
  const times = { draftMs, draftComputeMs, targetMs, targetComputeMs, decodeMs };
  return measurement({ policy, rounds, drafted: rounds * length, acceptedHistogram, ...times });
}

const run = [
  measured('off', 0, 100),
  measured('static:1', 1, 40),
  measured('static:4', 4, 5),
  measured('static:8', 8, 0),
];

describe('a profile from measured policies', () => {
  it('is the device that they ran on', () => {
    const { draft, orchestratorMs, target } = fitCosts([...run, measured('adaedl', 3, 3)], KNOWN);
    expect(draft.roundTripMs).toBeCloseTo(0.5, 9);
    expect(draft.firstPassMs).toBeCloseTo(1.5, 9);
    expect(draft.passMs).toBeCloseTo(1, 9);
    expect(draft.extraTokenMs).toBeCloseTo(0.2, 9);
    expect(target.roundTripMs).toBeCloseTo(0.5, 9);
    expect(orchestratorMs).toBeCloseTo(0.3, 9);
    expect(target.passMs.map(([width]) => width)).toEqual([1, 2, 5, 9]);
    for (const [width, ms] of target.passMs) expect(ms).toBeCloseTo(6 + width, 9);
  });

  it('wants off and two static lengths', () => {
    expect(() => fitCosts(run.slice(1), KNOWN)).toThrow('measurements of off and of two static lengths');
    expect(() => fitCosts(run.slice(0, 2), KNOWN)).toThrow('measurements of off and of two static lengths');
  });
});

it('a straight line goes through what lies on one, and near what counts more', () => {
  const on = straightLine([
    [0, 1],
    [2, 5],
    [3, 7],
  ]);
  expect(on.intercept).toBeCloseTo(1, 12);
  expect(on.slope).toBeCloseTo(2, 12);
  const points = [
    [0, 0],
    [1, 1],
    [2, 9],
  ] as const;
  expect(straightLine(points, [1, 1, 1e-9]).slope).toBeCloseTo(1, 6);
});

it('a file that is no profile is refused', () => {
  expect(() => parseProfile('{"name": "x"}', 'x.json')).toThrow('x.json is no device profile');
  expect(() => parseProfile('{', 'x.json')).toThrow('x.json: ');
});
