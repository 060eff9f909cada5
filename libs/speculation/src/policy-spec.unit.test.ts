import { describe, expect, it } from 'vitest';
import { SpeculationError } from './error.js';
import { ADAEDL_DEFAULTS } from './policies/adaedl.js';
import { sampleLearnedWeights } from './policies/learned.fixture.js';
import { POLICY_NAMES, type PolicySpec, createPolicy, parsePolicy, policyName } from './policy-spec.js';

const context = { learned: sampleLearnedWeights };

function errorOf(run: () => unknown): SpeculationError {
  try {
    run();
  } catch (error) {
    if (error instanceof SpeculationError) return error;
  }
  throw new Error('expected a SpeculationError');
}

describe('parsePolicy', () => {
  it.each([
    'adaedl',
    'adaedl:discard',
    'adaedl:warm',
    'adaedl:discard:warm@3',
    'adaedl@16',
    'max-confidence',
    'max-confidence:discard',
    'max-confidence:warm@7',
    'svip',
    'svip@7',
    'draft-and-verify',
    'draft-and-verify@16',
    'heuristic',
    'heuristic@3',
    'learned',
    'learned@7',
    'pace',
    'pace@7',
    'static:1',
    'static:64',
    'off',
  ])('reads %s, and its policy bears that name', (text) => {
    const spec = parsePolicy(text);
    expect(policyName(spec)).toBe(text);
    expect(createPolicy(spec, context).name).toBe(text);
  });

  it.each([
    ['adaedl@8', 'adaedl'],
    ['adaedl:warm:discard@08', 'adaedl:discard:warm'],
    ['svip@40', 'svip'],
    ['static:04', 'static:4'],
  ])('gives %s the canonical name %s', (text, name) => {
    expect(createPolicy(parsePolicy(text)).name).toBe(name);
  });

  it('gives the length to the limits', () => {
    for (const kind of ['adaedl', 'max-confidence', 'svip', 'draft-and-verify', 'heuristic', 'learned']) {
      expect(createPolicy(parsePolicy(`${kind}@3`), context).nextLimits().maxTokens).toBe(3);
    }
  });

  it.each([
    '',
    'AdaEDL',
    'adaedl:4',
    'adaedl:',
    'adaedl:discard:discard',
    'adaedl@',
    'adaedl@1.5',
    'adaedl@8:warm',
    ' adaedl',
    'svip:discard',
    'pace:warm',
    'learned:warm',
    'static',
    'static:',
    'static:-1',
    'static:1.5',
    'static: 4',
    'static@4',
    'off ',
    'off@1',
    'static:99999',
    'toString',
  ])('refuses %j', (text) => {
    const error = errorOf(() => parsePolicy(text));
    expect(error).toMatchObject({ code: 'invalid_policy', field: 'policy' });
    expect(error.message).toContain(text);
    for (const name of POLICY_NAMES) expect(error.message).toContain(name);
  });

  it.each([
    ['static:0', 'draftTokens'],
    ['static:65', 'draftTokens'],
    ['adaedl@0', 'maxDraftTokens'],
    ['learned@65', 'maxDraftTokens'],
  ])('refuses the length of %s', (text, field) => {
    expect(errorOf(() => parsePolicy(text))).toMatchObject({ code: 'invalid_policy', field });
  });
});

describe('createPolicy', () => {
  it('shares nothing between policies', () => {
    const policy = createPolicy({ kind: 'adaedl', options: {} });
    policy.observe({ drafted: 5, accepted: 0, maxTokens: 8, stopReason: 'entropy', figures: [] });
    expect(createPolicy({ kind: 'adaedl', options: {} }).lambda).toBe(ADAEDL_DEFAULTS.lambdaInitial);
  });

  it('starts draft-and-verify by the temperature', () => {
    const spec = parsePolicy('draft-and-verify');
    expect(createPolicy(spec, { temperature: 0 }).lambda).toBe(0.8);
    expect(createPolicy(spec, { temperature: 1 }).lambda).toBe(0.5);
  });

  it('makes no learned policy without weights', () => {
    expect(errorOf(() => createPolicy(parsePolicy('learned')))).toMatchObject({
      code: 'invalid_policy',
      field: 'learned',
    });
  });

  const refusals: readonly PolicySpec[] = [
    { kind: 'adaedl', options: { gamma: 0 } },
    { kind: 'adaedl', options: { gamma: -1 } },
    { kind: 'adaedl', options: { gamma: NaN } },
    { kind: 'adaedl', options: { gamma: Infinity } },
    ...(['adaedl', 'max-confidence'] as const).flatMap((kind): PolicySpec[] => [
      { kind, options: { lambdaInitial: 1.1 } },
      { kind, options: { lambdaInitial: NaN } },
      { kind, options: { maxDraftTokens: 0 } },
      { kind, options: { maxDraftTokens: 2.5 } },
      { kind, options: { maxDraftTokens: 65 } },
      { kind, options: { alpha: -0.1 } },
      { kind, options: { epsilon: 2 } },
      { kind, options: { beta1: NaN } },
      { kind, options: { beta2: 1.5 } },
    ]),
    { kind: 'svip', options: { threshold: -0.1 } },
    { kind: 'svip', options: { threshold: NaN } },
    { kind: 'svip', options: { maxDraftTokens: 65 } },
    { kind: 'draft-and-verify', options: { thresholdInitial: 2 } },
    { kind: 'draft-and-verify', options: { alpha: NaN } },
    { kind: 'draft-and-verify', options: { maxDraftTokens: 0 } },
    { kind: 'heuristic', options: { initialDraftTokens: 0 } },
    { kind: 'heuristic', options: { confidenceThreshold: 1.5 } },
    { kind: 'heuristic', options: { maxDraftTokens: -1 } },
    { kind: 'learned', options: { stopThreshold: NaN } },
    { kind: 'learned', options: { maxDraftTokens: 0.5 } },
  ];
  it.each(refusals)('refuses %o and names the option', (spec) => {
    const error = errorOf(() => createPolicy(spec, context));
    expect(error.code).toBe('invalid_policy');
    expect(error.field).toBe(Object.keys('options' in spec ? spec.options : {})[0]);
  });
});
