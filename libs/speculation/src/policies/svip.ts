import { SpeculationError } from '../error.js';
import type { DraftPolicy } from '../policy.js';
import type { DraftLimits } from '../types.js';
import { checkDraftLength } from './checks.js';
import { policyNameOf } from './name.js';

export interface SvipOptions {
  /** h: the block ends with a token whose estimated rejection is above it; >= 0. */
  readonly threshold: number;
  /** The largest draft length, in [1, LARGEST_DRAFT_LENGTH]. */
  readonly maxDraftTokens: number;
}

/** The authors' values (vanilla-sd/eval_specbench.py). */
export const SVIP_DEFAULTS: SvipOptions = { threshold: 0.3, maxDraftTokens: 40 };

/** The authors' factor under the root. */
export const SVIP_FACTOR = 0.15;

/** The entropy in nats above which `sqrt(SVIP_FACTOR * H) > threshold`. */
export function svipEntropyLimit(threshold: number): number {
  return threshold ** 2 / SVIP_FACTOR;
}

/**
 * SVIP (arXiv:2411.18462; github.com/Geralt-Targaryen/SVIP): the block ends with the token whose distribution has
 * `sqrt(0.15 * H) > h`. That is AdaEDL with a fixed threshold `lambda = 1 - h` and gamma 0.15, which keeps the token
 * that says stop. The authors' H is that of the raw logits; here it is that of the distribution sampled from, which
 * differs at temperatures other than 0 and 1. Throws invalid_policy naming the option.
 */
export function svip(given: Partial<SvipOptions> = {}): DraftPolicy {
  const options = { ...SVIP_DEFAULTS, ...given };
  const { maxDraftTokens, threshold } = options;
  if (!(threshold >= 0 && Number.isFinite(threshold))) {
    throw new SpeculationError('invalid_policy', 'threshold', `must be a number, 0 or more, not ${threshold}`);
  }
  checkDraftLength('maxDraftTokens', maxDraftTokens);
  const limits: DraftLimits = {
    maxTokens: maxDraftTokens,
    minTokens: 1,
    maxEntropy: svipEntropyLimit(threshold),
    minTopProbability: 0,
    proposeStopped: true,
  };
  return {
    name: policyNameOf('svip', options, SVIP_DEFAULTS.maxDraftTokens),
    nextLimits: () => limits,
    observe: () => undefined,
  };
}
