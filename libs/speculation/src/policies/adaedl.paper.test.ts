/**
 * Claims about AdaEDL, arXiv:2410.18351, one test each. "Method" is the paper's section on the stopping rule and
 * the update of lambda; what the paper leaves open is named as this package's own choice.
 */
import { describe, expect, it } from 'vitest';
import { type AdaEdlParameters, acceptanceLowerBound, entropyLimit, updateAdaEdl } from '../adaedl.js';
import { entropy } from '../entropy.js';
import { ADAEDL_DEFAULTS, adaedl } from './adaedl.js';

const PAPER: AdaEdlParameters = { gamma: 0.2, alpha: 0.9, epsilon: 0.01, beta1: 0.5, beta2: 0.9 };

describe('the stopping rule (method)', () => {
  it('bounds acceptance by 1 - sqrt(gamma H)', () => {
    expect(acceptanceLowerBound(0, 0.2)).toBe(1);
    expect(acceptanceLowerBound(1.25, 0.2)).toBeCloseTo(0.5, 15);
    expect(acceptanceLowerBound(5, 0.2)).toBeCloseTo(0, 15);
  });

  it('uses gamma 0.2 in all experiments', () => {
    expect(ADAEDL_DEFAULTS.gamma).toBe(0.2);
  });

  it('measures entropy with the natural logarithm', () => {
    expect(entropy([0.5, 0.5])).toBeCloseTo(Math.LN2, 15);
    expect(entropy([0.7, 0.2, 0.1])).toBeCloseTo(0.8018185525433372, 14);
  });

  it.each([
    [0.3, 2.45],
    [0.5, 1.25],
    [0.7, 0.45],
    [0.9, 0.05],
  ])('stops at lambda %d above %d nats', (lambda, nats) => {
    expect(entropyLimit(lambda, 0.2)).toBeCloseTo(nats, 14);
    expect(acceptanceLowerBound(nats + 1e-9, 0.2)).toBeLessThan(lambda);
    expect(acceptanceLowerBound(nats - 1e-9, 0.2)).toBeGreaterThan(lambda);
  });

  it('is the same as a limit on entropy, (1 - lambda)^2 / gamma', () => {
    for (let lambda = 0; lambda <= 1; lambda += 0.01) {
      const limit = entropyLimit(lambda, 0.2);
      for (let nats = 0.0005; nats < 6; nats += 0.01) {
        // Where the two sides agree to rounding, either answer is right.
        if (Math.abs(nats - limit) > 1e-12) expect(nats > limit).toBe(acceptanceLowerBound(nats, 0.2) < lambda);
      }
    }
  });

  it('is strict: at the limit itself the draft goes on', () => {
    // Both are exact in binary: gamma 1/4, lambda 1/2, limit 1.
    expect(entropyLimit(0.5, 0.25)).toBe(1);
    expect(acceptanceLowerBound(1, 0.25) < 0.5).toBe(false);
    expect(adaedl({ gamma: 0.25, lambdaInitial: 0.5 }).nextLimits().maxEntropy).toBe(1);
  });
});

describe('the update of lambda (method)', () => {
  it('has alpha 0.9, epsilon 0.01, beta1 0.5 and beta2 0.9', () => {
    expect(ADAEDL_DEFAULTS).toMatchObject({ alpha: 0.9, epsilon: 0.01, beta1: 0.5, beta2: 0.9 });
  });

  it('averages the acceptance rate: AR <- beta1 AR + (1 - beta1) accepted / drafted', () => {
    const next = updateAdaEdl({ lambda: 0.5, acceptanceRate: 0.8 }, { drafted: 4, accepted: 1, maxTokens: 7 }, PAPER);
    expect(next.acceptanceRate).toBeCloseTo(0.5 * 0.8 + 0.5 * 0.25, 15);
  });

  it('raises lambda when the averaged rate is below alpha, even if this round accepted all', () => {
    const next = updateAdaEdl({ lambda: 0.5, acceptanceRate: 0.7 }, { drafted: 7, accepted: 7, maxTokens: 7 }, PAPER);
    expect(next.lambda).toBeCloseTo(0.9 * 0.5 + 0.1 * 0.51, 15);
  });

  it('lowers lambda at a good rate when fewer than L tokens were accepted', () => {
    const next = updateAdaEdl({ lambda: 0.5, acceptanceRate: 1 }, { drafted: 3, accepted: 3, maxTokens: 7 }, PAPER);
    expect(next.lambda).toBeCloseTo(0.9 * 0.5 + 0.1 * 0.49, 15);
  });

  it('keeps lambda at a good rate when all L tokens were accepted', () => {
    const next = updateAdaEdl({ lambda: 0.5, acceptanceRate: 1 }, { drafted: 7, accepted: 7, maxTokens: 7 }, PAPER);
    expect(next.lambda).toBeCloseTo(0.5, 15);
  });

  it('compares with alpha strictly: a rate of exactly alpha is good', () => {
    const exact = { ...PAPER, alpha: 0.75 };
    const next = updateAdaEdl({ lambda: 0.5, acceptanceRate: 1 }, { drafted: 2, accepted: 1, maxTokens: 7 }, exact);
    expect(next.acceptanceRate).toBe(0.75);
    expect(next.lambda).toBeLessThan(0.5);
  });

  it('drifts by at most 0.001 a round', () => {
    let state = { lambda: 0.5, acceptanceRate: undefined as number | undefined };
    for (let round = 0; round < 500; round++) {
      const drafted = 1 + (round % 7);
      const accepted = Math.floor(round / 7) % (drafted + 1);
      const next = updateAdaEdl(state, { drafted, accepted, maxTokens: 7 }, PAPER);
      expect(Math.abs(next.lambda - state.lambda)).toBeLessThanOrEqual(0.001 + 1e-15);
      state = next;
    }
    const first = updateAdaEdl(
      { lambda: 0.5, acceptanceRate: undefined },
      { drafted: 4, accepted: 0, maxTokens: 7 },
      PAPER,
    );
    expect(first.lambda - 0.5).toBeCloseTo(0.001, 15);
  });
});

describe('what the paper leaves open', () => {
  it('always drafts at least one token', () => {
    expect(adaedl({ lambdaInitial: 1 }).nextLimits()).toMatchObject({ minTokens: 1, maxEntropy: 0 });
  });

  it('starts the averaged rate at the first observation', () => {
    const next = updateAdaEdl(
      { lambda: 0.5, acceptanceRate: undefined },
      { drafted: 4, accepted: 3, maxTokens: 7 },
      PAPER,
    );
    expect(next.acceptanceRate).toBe(0.75);
  });

  it('observes nothing in a round without a draft', () => {
    const state = { lambda: 0.5, acceptanceRate: 0.4 };
    expect(updateAdaEdl(state, { drafted: 0, accepted: 0, maxTokens: 0 }, PAPER)).toEqual(state);
  });

  it('keeps lambda within [0, 1]', () => {
    const rejected = { drafted: 1, accepted: 0, maxTokens: 7 };
    expect(updateAdaEdl({ lambda: 1, acceptanceRate: 0 }, rejected, PAPER).lambda).toBe(1);
    const accepted = { drafted: 1, accepted: 1, maxTokens: 7 };
    expect(updateAdaEdl({ lambda: 0, acceptanceRate: 1 }, accepted, PAPER).lambda).toBe(0);
  });
});
