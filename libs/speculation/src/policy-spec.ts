import { SpeculationError } from './error.js';
import { ADAEDL_DEFAULTS, type AdaEdlOptions, adaedl } from './policies/adaedl.js';
import { checkDraftLength } from './policies/checks.js';
import { DRAFT_AND_VERIFY_DEFAULTS, type DraftAndVerifyOptions, draftAndVerify } from './policies/draft-and-verify.js';
import { HEURISTIC_DEFAULTS, type HeuristicOptions, heuristic } from './policies/heuristic.js';
import { LEARNED_DEFAULTS, type LearnedOptions, learned } from './policies/learned.js';
import type { LearnedWeights } from './policies/learned-weights.js';
import { MAX_CONFIDENCE_DEFAULTS, type MaxConfidenceOptions, maxConfidence } from './policies/max-confidence.js';
import { policyNameOf } from './policies/name.js';
import { PACE_DEFAULTS, type PaceOptions, pace } from './policies/pace/pace.js';
import { off, staticLength } from './policies/static.js';
import { SVIP_DEFAULTS, type SvipOptions, svip } from './policies/svip.js';
import type { DraftPolicy } from './policy.js';

/** A policy as a request or a setting names it: data, from which each generation makes its own policy. */
export type PolicySpec =
  | { readonly kind: 'adaedl'; readonly options: Partial<AdaEdlOptions> }
  | { readonly kind: 'max-confidence'; readonly options: Partial<MaxConfidenceOptions> }
  | { readonly kind: 'svip'; readonly options: Partial<SvipOptions> }
  | { readonly kind: 'draft-and-verify'; readonly options: Partial<DraftAndVerifyOptions> }
  | { readonly kind: 'heuristic'; readonly options: Partial<HeuristicOptions> }
  | { readonly kind: 'learned'; readonly options: Partial<LearnedOptions> }
  | { readonly kind: 'pace'; readonly options: Partial<PaceOptions> }
  | { readonly kind: 'static'; readonly draftTokens: number }
  | { readonly kind: 'off' };

/** What a policy is made from besides its spec. */
export interface PolicyContext {
  /** Of the generation; draft-and-verify starts otherwise when it is 0. */
  readonly temperature?: number;
  /** `learned` cannot be made without. */
  readonly learned?: LearnedWeights;
  /**
   * What the same policy exported elsewhere. `pace` starts from it; adaedl and max-confidence do when their options ask
   * for a warm start; the others do not look at it.
   */
  readonly warmStart?: unknown;
}

type Variant = 'discard' | 'warm';

/** Of the policies that take a largest draft length: the one they have unasked, and the variants of their names. */
const NAMED: Readonly<
  Record<Exclude<PolicySpec['kind'], 'static' | 'off'>, { length: number; variants: readonly Variant[] }>
> = {
  adaedl: { length: ADAEDL_DEFAULTS.maxDraftTokens, variants: ['discard', 'warm'] },
  pace: { length: PACE_DEFAULTS.maxDraftTokens, variants: [] },
  'max-confidence': { length: MAX_CONFIDENCE_DEFAULTS.maxDraftTokens, variants: ['discard', 'warm'] },
  svip: { length: SVIP_DEFAULTS.maxDraftTokens, variants: [] },
  'draft-and-verify': { length: DRAFT_AND_VERIFY_DEFAULTS.maxDraftTokens, variants: [] },
  heuristic: { length: HEURISTIC_DEFAULTS.maxDraftTokens, variants: [] },
  learned: { length: LEARNED_DEFAULTS.maxDraftTokens, variants: [] },
};

/** What parsePolicy reads, for messages and help texts: `adaedl[:discard][:warm][@L]` and so on. */
export const POLICY_NAMES: readonly string[] = [
  ...Object.entries(NAMED).map(([kind, { variants }]) => `${kind}${variants.map((v) => `[:${v}]`).join('')}[@L]`),
  'static:K',
  'off',
];

/**
 * Reads a name: a kind; its variants, `:discard` (without the token whose distribution says stop) and `:warm` (a warm
 * start); and `@L` for the largest draft length. A static length is `static:K`. Throws invalid_policy with field
 * `policy`, or `draftTokens` and `maxDraftTokens` for a length that is out of range.
 */
export function parsePolicy(text: string): PolicySpec {
  if (text === 'off') return { kind: 'off' };
  const digits = /^static:([0-9]{1,4})$/.exec(text)?.[1];
  if (digits !== undefined) {
    checkDraftLength('draftTokens', Number(digits));
    return { kind: 'static', draftTokens: Number(digits) };
  }
  const [, kind = '', suffixes = '', length] = /^([a-z-]+)((?::[a-z]+)*)(?:@([0-9]{1,4}))?$/.exec(text) ?? [];
  const variants = suffixes.split(':').slice(1);
  if (!isNamed(kind) || !variants.every((variant, i) => isVariant(kind, variant) && variants.indexOf(variant) === i)) {
    throw new SpeculationError('invalid_policy', 'policy', `'${text}' is none of ${POLICY_NAMES.join(', ')}`);
  }
  if (length !== undefined) checkDraftLength('maxDraftTokens', Number(length));
  const options = {
    ...(variants.includes('discard') && { proposeStopped: false }),
    ...(variants.includes('warm') && { warmStart: true }),
    ...(length !== undefined && { maxDraftTokens: Number(length) }),
  };
  return { kind, options };
}

/** The canonical name: of the policy that createPolicy makes, and of options that a name can tell. */
export function policyName(spec: PolicySpec): string {
  if (spec.kind === 'off') return 'off';
  if (spec.kind === 'static') return `static:${spec.draftTokens}`;
  return policyNameOf(spec.kind, spec.options, NAMED[spec.kind].length);
}

/** A fresh policy. Throws invalid_policy naming the option that is out of its range, or what the context lacks. */
export function createPolicy(spec: PolicySpec, context: PolicyContext = {}): DraftPolicy {
  switch (spec.kind) {
    case 'adaedl':
      return adaedl(spec.options, context.warmStart);
    case 'max-confidence':
      return maxConfidence(spec.options, context.warmStart);
    case 'svip':
      return svip(spec.options);
    case 'draft-and-verify':
      return draftAndVerify(spec.options, context.temperature);
    case 'heuristic':
      return heuristic(spec.options);
    case 'learned':
      if (context.learned === undefined) {
        throw new SpeculationError('invalid_policy', 'learned', 'there are no learned weights here');
      }
      return learned(context.learned, spec.options);
    case 'pace':
      return pace(spec.options, context.warmStart);
    case 'static':
      return staticLength(spec.draftTokens);
    case 'off':
      return off();
  }
}

function isNamed(kind: string): kind is keyof typeof NAMED {
  return Object.hasOwn(NAMED, kind);
}

function isVariant(kind: keyof typeof NAMED, variant: string): boolean {
  return NAMED[kind].variants.some((known) => known === variant);
}
