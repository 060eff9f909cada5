import type { PolicyRequest } from '@outrider/contracts';
import { InvalidArgumentError } from 'commander';

/** The wire's own limit, written out so that parsing arguments need not load the wire code. */
export const LARGEST_STATIC = 64;

/** `adaedl`, `static:K` or `off`. */
export function policyOption(text: string): PolicyRequest {
  const word = text.trim();
  if (word === 'adaedl' || word === 'off') return { type: word };
  const draftTokens = Number(/^static:(\d{1,4})$/.exec(word)?.[1] ?? 0);
  if (draftTokens < 1 || draftTokens > LARGEST_STATIC) {
    throw new InvalidArgumentError(`It must be adaedl, static:K with K from 1 to ${LARGEST_STATIC}, or off.`);
  }
  return { type: 'static', draftTokens };
}

/** The canonical name, which services and reports use too. */
export function policyName(policy: PolicyRequest): string {
  return policy.type === 'static' ? `static:${policy.draftTokens}` : policy.type;
}
