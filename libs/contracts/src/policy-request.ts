import { type AdaEdlOptions, LARGEST_DRAFT_LENGTH, type PolicySpec } from '@outrider/speculation';
import { inRange, inRangeAbove } from './checks.js';
import type * as wire from './wire.js';

type WirePolicy = wire.SpeculationOptions['policy'];

/** Largest gamma worth asking for: the bound is 0 from an entropy of 0.01 nats on. */
const largestGamma = 100;

export function encodePolicy(policy: PolicySpec): NonNullable<WirePolicy> {
  switch (policy.kind) {
    case 'adaedl':
      return { $case: 'adaedl', value: encodeAdaEdl(policy.options) };
    case 'static':
      return { $case: 'static', value: { draftTokens: policy.draftTokens } };
    case 'off':
      return { $case: 'off', value: {} };
  }
}

/** undefined when the request leaves the policy to the service. */
export function decodePolicy(policy: WirePolicy, field: string): PolicySpec | undefined {
  switch (policy?.$case) {
    case undefined:
      return undefined;
    case 'adaedl':
      return { kind: 'adaedl', options: decodeAdaEdl(policy.value, `${field}.adaedl`) };
    case 'static':
      return {
        kind: 'static',
        draftTokens: inRange(policy.value.draftTokens, 1, LARGEST_DRAFT_LENGTH, `${field}.static.draft_tokens`),
      };
    case 'off':
      return { kind: 'off' };
  }
}

/** Absent numbers stay absent: they take the service's values. */
function encodeAdaEdl(options: Partial<AdaEdlOptions>): wire.AdaEdlPolicy {
  return {
    gamma: options.gamma,
    lambdaInitial: options.lambdaInitial,
    maxDraftTokens: options.maxDraftTokens,
    alpha: options.alpha,
    epsilon: options.epsilon,
    beta1: options.beta1,
    beta2: options.beta2,
    proposeStopped: options.proposeStopped,
  };
}

function decodeAdaEdl(message: wire.AdaEdlPolicy, field: string): Partial<AdaEdlOptions> {
  const { gamma, lambdaInitial, maxDraftTokens, alpha, epsilon, beta1, beta2, proposeStopped } = message;
  return {
    // The threshold divides by gamma.
    ...(gamma !== undefined && { gamma: inRangeAbove(gamma, 0, largestGamma, `${field}.gamma`) }),
    ...(lambdaInitial !== undefined && { lambdaInitial: inRange(lambdaInitial, 0, 1, `${field}.lambda_initial`) }),
    ...(maxDraftTokens !== undefined && {
      maxDraftTokens: inRange(maxDraftTokens, 1, LARGEST_DRAFT_LENGTH, `${field}.max_draft_tokens`),
    }),
    ...(alpha !== undefined && { alpha: inRange(alpha, 0, 1, `${field}.alpha`) }),
    ...(epsilon !== undefined && { epsilon: inRange(epsilon, 0, 1, `${field}.epsilon`) }),
    ...(beta1 !== undefined && { beta1: inRange(beta1, 0, 1, `${field}.beta1`) }),
    ...(beta2 !== undefined && { beta2: inRange(beta2, 0, 1, `${field}.beta2`) }),
    ...(proposeStopped !== undefined && { proposeStopped }),
  };
}
