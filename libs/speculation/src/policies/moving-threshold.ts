import { type AdaEdlState, type RoundCounts, type ThresholdParameters, updateAdaEdl } from '../adaedl.js';
import { checkFractions } from './checks.js';
import { fraction, record } from './json-fields.js';

/** Of the policies whose threshold follows the acceptance rate as AdaEDL's does. */
export interface MovingThresholdOptions extends ThresholdParameters {
  /** lambda before the first round, in [0, 1]. */
  readonly lambdaInitial: number;
  /** Start from what an earlier policy of the same kind exported, where the context has it. */
  readonly warmStart: boolean;
}

export interface MovingThreshold {
  /** In force for the next block. */
  readonly lambda: number;
  observe(outcome: RoundCounts): void;
  exportState(): AdaEdlState;
}

/**
 * `state` is what exportState gave elsewhere; undefined starts at lambdaInitial, and so does everything when the
 * options ask for no warm start. Throws invalid_policy naming the option, or `warmStart.<field>` of a state that is
 * none: who keeps states where they can go bad catches that and starts without.
 */
export function movingThreshold(options: MovingThresholdOptions, state: unknown): MovingThreshold {
  const { alpha, beta1, beta2, epsilon, lambdaInitial, warmStart } = options;
  checkFractions({ lambdaInitial, alpha, epsilon, beta1, beta2 });
  let now: AdaEdlState = { lambda: lambdaInitial, acceptanceRate: undefined };
  if (warmStart && state !== undefined) now = readState(state);
  return {
    get lambda() {
      return now.lambda;
    },
    observe(outcome) {
      now = updateAdaEdl(now, outcome, options);
    },
    exportState: () => now,
  };
}

/** A rate that was undefined is absent once it went through JSON. */
function readState(state: unknown): AdaEdlState {
  const { lambda, acceptanceRate } = record(state, 'warmStart');
  return {
    lambda: fraction(lambda, 'warmStart.lambda'),
    acceptanceRate: acceptanceRate === undefined ? undefined : fraction(acceptanceRate, 'warmStart.acceptanceRate'),
  };
}
