import { LARGEST_DRAFT_LENGTH, POLICY_NAMES, parsePolicy, type PolicySpec } from '@outrider/speculation';
import { InvalidArgumentError } from 'commander';

/** What parsePolicy reads, for help texts. */
export const POLICIES = `${POLICY_NAMES.join(', ')}; K and L, the largest draft length, from 1 to ${LARGEST_DRAFT_LENGTH}`;

/** As parsePolicy reads it. */
export function policyOption(text: string): PolicySpec {
  try {
    return parsePolicy(text.trim());
  } catch {
    throw new InvalidArgumentError(`It must be one of ${POLICIES}.`);
  }
}
