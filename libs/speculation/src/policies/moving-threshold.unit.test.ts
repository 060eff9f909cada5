import { describe, expect, it } from 'vitest';
import { entropyLimit } from '../adaedl.js';
import type { DraftPolicy } from '../policy.js';
import { createPolicy } from '../policy-spec.js';
import { adaedl } from './adaedl.js';

const outcome = (drafted: number, accepted: number) =>
  ({ drafted, accepted, maxTokens: 8, stopReason: 'entropy', figures: [] }) as const;

describe('adaedl', () => {
  it('asks for limits that follow lambda', () => {
    const policy = adaedl({ lambdaInitial: 0.5 });
    expect(policy.nextLimits()).toEqual({
      maxTokens: 8,
      minTokens: 1,
      maxEntropy: 1.25,
      minTopProbability: 0,
      proposeStopped: true,
    });
    policy.observe(outcome(5, 1));
    expect(policy.lambda).toBeCloseTo(0.501, 15);
    expect(policy.nextLimits().maxEntropy).toBe(entropyLimit(policy.lambda as number, 0.2));
    for (let i = 0; i < 20; i++) policy.observe(outcome(5, 5));
    expect(policy.lambda).toBeLessThan(0.5);
  });
});

describe.each([
  ['adaedl', 0.5],
  ['max-confidence', 0.6],
] as const)('warm start of %s', (kind, start) => {
  const make = (warmStart: boolean, state?: unknown): DraftPolicy =>
    createPolicy({ kind, options: { warmStart } }, { warmStart: state });

  it('goes on as the policy that exported would have', () => {
    const first = make(true);
    for (const accepted of [0, 3, 5, 1]) first.observe(outcome(5, accepted));
    const second = make(true, JSON.parse(JSON.stringify(first.exportState?.())));
    expect(second.lambda).toBe(first.lambda);
    for (const policy of [first, second]) policy.observe(outcome(4, 4));
    expect(second.lambda).toBe(first.lambda);
    expect(second.exportState?.()).toEqual(first.exportState?.());
  });

  it('is not taken unasked', () => {
    expect(make(false, { lambda: 0.9 }).lambda).toBe(start);
    expect(make(true).lambda).toBe(start);
    expect(make(true, { lambda: 0.9 }).lambda).toBe(0.9);
  });

  it('takes what a policy that saw nothing exported', () => {
    const fresh: unknown = JSON.parse(JSON.stringify(make(true).exportState?.()));
    expect(make(true, fresh).exportState?.()).toEqual({ lambda: start, acceptanceRate: undefined });
  });

  it.each<[string, unknown]>([
    ['warmStart', null],
    ['warmStart', 0.5],
    ['warmStart.lambda', {}],
    ['warmStart.lambda', { lambda: 1.5 }],
    ['warmStart.acceptanceRate', { lambda: 0.5, acceptanceRate: NaN }],
  ])('refuses a bad %s', (field, state) => {
    expect(() => make(true, state)).toThrow(expect.objectContaining({ code: 'invalid_policy', field }) as Error);
  });
});
