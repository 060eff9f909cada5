import { POLICY_NAMES } from '@outrider/speculation';
import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { POLICIES, policyOption } from './policy-option.js';

describe('policyOption', () => {
  it('reads what the core reads, and passes over space around it', () => {
    expect(policyOption(' max-confidence:discard@7 ')).toEqual({
      kind: 'max-confidence',
      options: { proposeStopped: false, maxDraftTokens: 7 },
    });
  });

  it('says what may be asked for, in the help and in a refusal', () => {
    for (const name of POLICY_NAMES) expect(POLICIES).toContain(name);
    expect(() => policyOption('greedy')).toThrow(InvalidArgumentError);
    expect(() => policyOption('greedy')).toThrow(POLICIES);
  });
});
