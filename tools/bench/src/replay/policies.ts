import { type DraftPolicy, type LearnedWeights, createPolicy, parsePolicy } from '@outrider/speculation';
import type { ReplayPolicy } from './types.js';

export interface PolicySource {
  readonly name: string;
  /** A fresh policy for the next text; `previous` is the one of the text before, whose experience it may start with. */
  create(previous?: DraftPolicy): DraftPolicy;
}

/** Throws invalid_policy. */
export function policySource(
  policy: ReplayPolicy,
  temperature: number,
  learned: LearnedWeights | undefined,
): PolicySource {
  if (typeof policy !== 'string') return policy;
  const spec = parsePolicy(policy);
  const context = { temperature, ...(learned && { learned }) };
  createPolicy(spec, context);
  return {
    name: policy,
    create(previous) {
      const warmStart = previous?.exportState?.();
      return createPolicy(spec, warmStart === undefined ? context : { ...context, warmStart });
    },
  };
}
