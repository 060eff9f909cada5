/** Arbitrary policies as requests name them. */
import fc from 'fast-check';
import type { PolicySpec } from '@outrider/speculation';

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const maxDraftTokens = fc.integer({ min: 1, max: 64 });

/** Every key may be absent. */
const allOptional: { requiredKeys: [] } = { requiredKeys: [] };

const update = { alpha: unit, epsilon: unit, beta1: unit, beta2: unit };
const moving = {
  ...update,
  lambdaInitial: unit,
  maxDraftTokens,
  proposeStopped: fc.boolean(),
  warmStart: fc.boolean(),
};
const gamma = fc.double({ min: 0, max: 100, noNaN: true, minExcluded: true });
const threshold = fc.double({ min: 0, max: 2, noNaN: true });

export const policy: fc.Arbitrary<PolicySpec> = fc.oneof(
  fc.record({ kind: fc.constant('adaedl' as const), options: fc.record({ ...moving, gamma }, allOptional) }),
  fc.record({ kind: fc.constant('max-confidence' as const), options: fc.record(moving, allOptional) }),
  fc.record({ kind: fc.constant('svip' as const), options: fc.record({ threshold, maxDraftTokens }, allOptional) }),
  fc.record({
    kind: fc.constant('draft-and-verify' as const),
    options: fc.record({ ...update, thresholdInitial: unit, maxDraftTokens }, allOptional),
  }),
  fc.record({
    kind: fc.constant('heuristic' as const),
    options: fc.record({ initialDraftTokens: maxDraftTokens, confidenceThreshold: unit, maxDraftTokens }, allOptional),
  }),
  fc.record({
    kind: fc.constant('learned' as const),
    options: fc.record({ stopThreshold: unit, maxDraftTokens }, allOptional),
  }),
  fc.record({ kind: fc.constant('pace' as const), options: fc.record({ maxDraftTokens }, allOptional) }),
  fc.record({ kind: fc.constant('static' as const), draftTokens: maxDraftTokens }),
  fc.record({ kind: fc.constant('off' as const) }),
);
