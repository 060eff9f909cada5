import { SpeculationError } from './error.js';
import { type AdaEdlOptions, adaedl } from './policies/adaedl.js';
import { off, staticLength } from './policies/static.js';
import type { DraftPolicy } from './policy.js';

/** A policy as a request or a setting names it: data, from which each generation makes its own policy. */
export type PolicySpec =
  | { readonly kind: 'adaedl'; readonly options: Partial<AdaEdlOptions> }
  | { readonly kind: 'static'; readonly draftTokens: number }
  | { readonly kind: 'off' };

/** Reads `adaedl`, `adaedl:discard`, `static:K` or `off`. Throws invalid_policy with field `policy`. */
export function parsePolicy(text: string): PolicySpec {
  if (text === 'off') return { kind: 'off' };
  if (text === 'adaedl') return { kind: 'adaedl', options: {} };
  if (text === 'adaedl:discard') return { kind: 'adaedl', options: { proposeStopped: false } };
  const digits = /^static:([0-9]{1,4})$/.exec(text)?.[1];
  if (digits === undefined) {
    throw new SpeculationError(
      'invalid_policy',
      'policy',
      `'${text}' is none of adaedl, adaedl:discard, static:K, off`,
    );
  }
  const spec: PolicySpec = { kind: 'static', draftTokens: Number(digits) };
  createPolicy(spec);
  return spec;
}

/** A fresh policy. Throws invalid_policy naming the option that is out of its range. */
export function createPolicy(spec: PolicySpec): DraftPolicy {
  switch (spec.kind) {
    case 'adaedl':
      return adaedl(spec.options);
    case 'static':
      return staticLength(spec.draftTokens);
    case 'off':
      return off();
  }
}
