import type { PolicySpec } from '@outrider/speculation';
import { adaEdlChecks, decodeOptions, draftAndVerifyChecks, draftLength, encodeOptions } from './policy-options.js';
import { heuristicChecks, learnedChecks, maxConfidenceChecks, paceChecks, svipChecks } from './policy-options.js';
import type * as wire from './wire.js';

type WirePolicy = wire.SpeculationOptions['policy'];

export function encodePolicy(policy: PolicySpec): NonNullable<WirePolicy> {
  switch (policy.kind) {
    case 'adaedl':
      return { $case: 'adaedl', value: encodeOptions(adaEdlChecks, policy.options) };
    case 'max-confidence':
      return { $case: 'maxConfidence', value: encodeOptions(maxConfidenceChecks, policy.options) };
    case 'svip':
      return { $case: 'svip', value: encodeOptions(svipChecks, policy.options) };
    case 'draft-and-verify':
      return { $case: 'draftAndVerify', value: encodeOptions(draftAndVerifyChecks, policy.options) };
    case 'heuristic':
      return { $case: 'heuristic', value: encodeOptions(heuristicChecks, policy.options) };
    case 'learned':
      return { $case: 'learned', value: encodeOptions(learnedChecks, policy.options) };
    case 'pace':
      return { $case: 'pace', value: encodeOptions(paceChecks, policy.options) };
    case 'static':
      return { $case: 'static', value: { draftTokens: policy.draftTokens } };
    case 'off':
      return { $case: 'off', value: {} };
  }
}

/** undefined when the request leaves the policy to the service. Errors: invalid_argument with the field's path. */
export function decodePolicy(policy: WirePolicy, field: string): PolicySpec | undefined {
  switch (policy?.$case) {
    case undefined:
      return undefined;
    case 'adaedl':
      return { kind: 'adaedl', options: decodeOptions(adaEdlChecks, policy.value, `${field}.adaedl`) };
    case 'maxConfidence': {
      const options = decodeOptions(maxConfidenceChecks, policy.value, `${field}.max_confidence`);
      return { kind: 'max-confidence', options };
    }
    case 'svip':
      return { kind: 'svip', options: decodeOptions(svipChecks, policy.value, `${field}.svip`) };
    case 'draftAndVerify': {
      const options = decodeOptions(draftAndVerifyChecks, policy.value, `${field}.draft_and_verify`);
      return { kind: 'draft-and-verify', options };
    }
    case 'heuristic':
      return { kind: 'heuristic', options: decodeOptions(heuristicChecks, policy.value, `${field}.heuristic`) };
    case 'learned':
      return { kind: 'learned', options: decodeOptions(learnedChecks, policy.value, `${field}.learned`) };
    case 'pace':
      return { kind: 'pace', options: decodeOptions(paceChecks, policy.value, `${field}.pace`) };
    case 'static':
      return { kind: 'static', draftTokens: draftLength(policy.value.draftTokens, `${field}.static.draft_tokens`) };
    case 'off':
      return { kind: 'off' };
  }
}
