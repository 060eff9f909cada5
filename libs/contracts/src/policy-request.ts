import { inRange, inRangeAbove } from './checks.js';
import { limits } from './limits.js';
import type * as wire from './wire.js';

/** A stopping rule as a client asks for it. AdaEDL's absent numbers take the paper's values. */
export type PolicyRequest =
  | {
      readonly type: 'adaedl';
      readonly gamma?: number;
      readonly lambdaInitial?: number;
      readonly maxDraftTokens?: number;
      readonly alpha?: number;
      readonly epsilon?: number;
      readonly beta1?: number;
      readonly beta2?: number;
    }
  | { readonly type: 'static'; readonly draftTokens: number }
  | { readonly type: 'off' };

type WirePolicy = wire.SpeculationOptions['policy'];

export function encodePolicy(policy: PolicyRequest): NonNullable<WirePolicy> {
  switch (policy.type) {
    case 'adaedl':
      return {
        $case: 'adaedl',
        value: {
          gamma: policy.gamma,
          lambdaInitial: policy.lambdaInitial,
          maxDraftTokens: policy.maxDraftTokens,
          alpha: policy.alpha,
          epsilon: policy.epsilon,
          beta1: policy.beta1,
          beta2: policy.beta2,
        },
      };
    case 'static':
      return { $case: 'static', value: { draftTokens: policy.draftTokens } };
    case 'off':
      return { $case: 'off', value: {} };
  }
}

/** undefined when the request leaves the policy to the service. */
export function decodePolicy(policy: WirePolicy, field: string): PolicyRequest | undefined {
  switch (policy?.$case) {
    case undefined:
      return undefined;
    case 'adaedl':
      return decodeAdaEdl(policy.value, `${field}.adaedl`);
    case 'static':
      return {
        type: 'static',
        draftTokens: inRange(policy.value.draftTokens, 1, limits.draftTokens, `${field}.static.draft_tokens`),
      };
    case 'off':
      return { type: 'off' };
  }
}

function decodeAdaEdl(message: wire.AdaEdlPolicy, field: string): PolicyRequest {
  const { gamma, lambdaInitial, maxDraftTokens, alpha, epsilon, beta1, beta2 } = message;
  return {
    type: 'adaedl',
    // The threshold divides by gamma.
    ...(gamma !== undefined && { gamma: inRangeAbove(gamma, 0, 100, `${field}.gamma`) }),
    ...(lambdaInitial !== undefined && { lambdaInitial: inRange(lambdaInitial, 0, 1, `${field}.lambda_initial`) }),
    ...(maxDraftTokens !== undefined && {
      maxDraftTokens: inRange(maxDraftTokens, 1, limits.draftTokens, `${field}.max_draft_tokens`),
    }),
    ...(alpha !== undefined && { alpha: inRange(alpha, 0, 1, `${field}.alpha`) }),
    ...(epsilon !== undefined && { epsilon: inRange(epsilon, 0, 1, `${field}.epsilon`) }),
    ...(beta1 !== undefined && { beta1: inRange(beta1, 0, 1, `${field}.beta1`) }),
    ...(beta2 !== undefined && { beta2: inRange(beta2, 0, 1, `${field}.beta2`) }),
  };
}
