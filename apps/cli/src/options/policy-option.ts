import { LARGEST_DRAFT_LENGTH, createPolicy, parsePolicy, type PolicySpec } from '@outrider/speculation';
import { InvalidArgumentError } from 'commander';

/** What parsePolicy reads, for help texts. */
export const POLICIES = 'adaedl, adaedl:discard (as in the paper: without the token that says stop), static:K or off';

/** As parsePolicy reads it. */
export function policyOption(text: string): PolicySpec {
  try {
    return parsePolicy(text.trim());
  } catch {
    throw new InvalidArgumentError(
      `It must be adaedl, adaedl:discard, static:K with K from 1 to ${LARGEST_DRAFT_LENGTH}, or off.`,
    );
  }
}

/** The canonical name, which services and reports use too. */
export function policyName(policy: PolicySpec): string {
  return createPolicy(policy).name;
}
