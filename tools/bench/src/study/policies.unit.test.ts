import { parsePolicy } from '@outrider/speculation';
import { expect, it } from 'vitest';
import { isStatic, partsOf, quickPolicies, realPolicies, studyPolicies } from './policies.js';

it('names policies that can be parsed, each once, and off among them', () => {
  for (const policies of [studyPolicies([3, 7, 16]), realPolicies([7]), quickPolicies(7)]) {
    for (const policy of policies) expect(() => parsePolicy(policy)).not.toThrow();
    expect(new Set(policies).size).toBe(policies.length);
    expect(policies).toContain('off');
    expect(policies).toContain('pace');
  }
});

it('has every kind of policy at every length', () => {
  const policies = studyPolicies([3, 7, 16]);
  for (const length of [3, 7, 16]) {
    expect(policies).toContain(`static:${length}`);
    for (const kind of [
      'adaedl',
      'adaedl:discard',
      'max-confidence',
      'svip',
      'draft-and-verify',
      'heuristic',
      'learned',
    ]) {
      expect(policies).toContain(`${kind}@${length}`);
    }
  }
});

it.each([
  ['static:7', 'static', 7],
  ['adaedl:discard@16', 'adaedl:discard', 16],
  ['adaedl@3', 'adaedl', 3],
  ['adaedl:discard', 'adaedl:discard', undefined],
  ['pace', 'pace', undefined],
  ['off', 'off', undefined],
])('%s is %s of length %s', (policy, family, length) => {
  expect(partsOf(policy)).toEqual({ family, length });
  expect(isStatic(policy)).toBe(family === 'static');
});
