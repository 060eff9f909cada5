/**
 * What the papers derive for drafted tokens that are accepted independently with one probability alpha, found again by
 * replaying such texts.
 */
import { describe, expect, it } from 'vitest';
import { draftStep, unitProfile } from '../profiles/profile.fixture.js';
import { evenTrace } from '../trace/trace.fixture.js';
import { replayAll } from './replay-all.js';
import type { ReplayRow } from './types.js';

const LENGTH = 4000;
const SEEDS = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];

function replay(alpha: number, policy: string, profile = unitProfile()): ReplayRow {
  return replayAll({ trace: evenTrace(alpha, LENGTH), policies: [policy], profile, seeds: SEEDS })[0] as ReplayRow;
}

const expectedTokens = (alpha: number, k: number): number => (1 - alpha ** (k + 1)) / (1 - alpha);

/** More than three standard errors, of about 32,000 tokens. */
const TOLERANCE = 0.02;

function expectNear(value: number, expected: number): void {
  expect(Math.abs(value / expected - 1), `${value} for ${expected}`).toBeLessThan(TOLERANCE);
}

const CASES = [
  [0.3, 1],
  [0.5, 4],
  [0.8, 3],
  [0.8, 7],
  [0.9, 16],
] as const;

describe('Leviathan, Kalman, Matias, arXiv:2211.17192', () => {
  it.each(CASES)('section 3.1, equation 1: tokens of a round at alpha %d with %i drafted', (alpha, k) => {
    expectNear(replay(alpha, `static:${k}`).acceptedLength, expectedTokens(alpha, k));
  });

  it.each(CASES)('section 3.3, theorem 3.8: the speed-up at alpha %d with %i drafted, each for c', (alpha, k) => {
    for (const c of [0.02, 0.16, 0.7]) {
      const row = replay(alpha, `static:${k}`, unitProfile({ draft: draftStep(c) }));
      expectNear(row.speedupOverOff, expectedTokens(alpha, k) / (1 + k * c));
    }
  });

  it('section 3.3, corollary 3.9: drafting pays for some length if, and only if, alpha exceeds c', () => {
    const best = (alpha: number, c: number): number =>
      Math.max(
        ...[1, 2, 4].map((k) => replay(alpha, `static:${k}`, unitProfile({ draft: draftStep(c) })).speedupOverOff),
      );
    expect(best(0.5, 0.4)).toBeGreaterThan(1.02);
    expect(best(0.4, 0.5)).toBeLessThan(0.98);
  });
});

describe('with a round trip of rho target passes', () => {
  it.each(CASES)('each round pays it, at alpha %d with %i drafted', (alpha, k) => {
    const [rho, c] = [0.5, 0.1];
    const row = replay(alpha, `static:${k}`, unitProfile({ draft: { ...draftStep(c), roundTripMs: rho } }));
    expectNear(row.speedupOverOff, expectedTokens(alpha, k) / (1 + rho + k * c));
  });
});

describe('the clairvoyant', () => {
  // A round ends with each token that is not accepted; all others are drafted.
  it.each([0.3, 0.5, 0.8])('takes 1 - alpha rounds and alpha draft steps a token, at alpha %d', (alpha) => {
    for (const c of [0.02, 0.2]) {
      const row = replay(alpha, 'off', unitProfile({ draft: draftStep(c) }));
      expectNear(row.clairvoyantTokensPerSecond, 1000 / (1 - alpha + c * alpha));
    }
  });

  it('drafts nothing where a step costs more than a target pass', () => {
    const row = replay(0.8, 'off', unitProfile({ draft: draftStep(1.5) }));
    expect(row.clairvoyantShare).toBeCloseTo(1, 10);
  });
});
