import { describe, expect, it } from 'vitest';
import { entropyLimit } from './adaedl.js';
import { SpeculationError } from './error.js';
import { ADAEDL_DEFAULTS, type AdaEdlOptions, adaedl } from './policies/adaedl.js';
import { off, staticLength } from './policies/static.js';
import type { RoundOutcome } from './policy.js';
import { createPolicy, parsePolicy } from './policy-spec.js';

const outcome = (drafted: number, accepted: number): RoundOutcome => ({
  drafted,
  accepted,
  maxTokens: 8,
  stopReason: 'entropy',
  figures: [],
});

function errorOf(run: () => unknown): SpeculationError {
  try {
    run();
  } catch (error) {
    if (error instanceof SpeculationError) return error;
  }
  throw new Error('expected a SpeculationError');
}

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

  it('shares nothing between policies', () => {
    const policy = createPolicy({ kind: 'adaedl', options: {} });
    policy.observe(outcome(5, 0));
    expect(createPolicy({ kind: 'adaedl', options: {} }).lambda).toBe(ADAEDL_DEFAULTS.lambdaInitial);
  });

  it.each<[Partial<AdaEdlOptions>]>([
    [{ gamma: 0 }],
    [{ gamma: -1 }],
    [{ gamma: NaN }],
    [{ gamma: Infinity }],
    [{ lambdaInitial: 1.1 }],
    [{ lambdaInitial: NaN }],
    [{ maxDraftTokens: 0 }],
    [{ maxDraftTokens: 2.5 }],
    [{ maxDraftTokens: 65 }],
    [{ alpha: -0.1 }],
    [{ epsilon: 2 }],
    [{ beta1: NaN }],
    [{ beta2: 1.5 }],
  ])('refuses %o and names the option', (options) => {
    const error = errorOf(() => adaedl(options));
    expect(error.code).toBe('invalid_policy');
    expect(error.field).toBe(Object.keys(options)[0]);
  });
});

describe('static and off', () => {
  it('never stop for what a distribution looks like', () => {
    expect(staticLength(4).nextLimits()).toEqual({
      maxTokens: 4,
      minTokens: 4,
      proposeStopped: false,
      maxEntropy: Infinity,
      minTopProbability: 0,
    });
    expect(off().nextLimits()).toMatchObject({ maxTokens: 0, minTokens: 0 });
  });

  it('do not learn', () => {
    const policy = staticLength(4);
    const before = policy.nextLimits();
    policy.observe(outcome(4, 0));
    expect(policy.nextLimits()).toEqual(before);
    expect(policy.lambda).toBeUndefined();
  });
});

describe('parsePolicy', () => {
  it.each(['adaedl', 'static:1', 'static:64', 'off'])('reads %s, and its policy bears that name', (text) => {
    expect(createPolicy(parsePolicy(text)).name).toBe(text);
  });

  it.each([
    '',
    'AdaEDL',
    'adaedl:4',
    'static',
    'static:',
    'static:-1',
    'static:1.5',
    'static: 4',
    'off ',
    'static:99999',
  ])('refuses %j', (text) => {
    const error = errorOf(() => parsePolicy(text));
    expect(error).toMatchObject({ code: 'invalid_policy', field: 'policy' });
    expect(error.message).toContain(text);
  });

  it.each(['static:0', 'static:65'])('refuses the length of %s', (text) => {
    expect(errorOf(() => parsePolicy(text))).toMatchObject({ code: 'invalid_policy', field: 'draftTokens' });
  });
});
