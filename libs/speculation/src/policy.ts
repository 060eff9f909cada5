import { type AdaEdlParameters, type AdaEdlState, type RoundCounts, entropyLimit, updateAdaEdl } from './adaedl.js';
import { SpeculationError } from './error.js';
import type { DraftFigures, DraftLimits, DraftStopReason } from './types.js';

/** What a policy learns from a round: counts, figures of distributions, costs; never a token. */
export interface RoundOutcome extends RoundCounts {
  readonly stopReason: DraftStopReason;
  /** Of the drafted tokens' distributions, in order. */
  readonly figures: readonly DraftFigures[];
  /** With a clock. */
  readonly cost?: RoundCost;
}

/** What a round took. Milliseconds. */
export interface RoundCost {
  /** Waiting for the draft: its work and the way there and back. 0 when it was not asked. */
  readonly draftMs: number;
  /** The draft's own work. */
  readonly draftComputeMs: number;
  /** Passes of the draft model. */
  readonly draftPasses: number;
  /** Committed tokens the draft took in before it drafted: one, or more after rounds without it. */
  readonly draftTaken: number;
  /** Waiting for the target. */
  readonly targetMs: number;
  /** Tokens of the target's pass: the committed ones it had not yet seen, and the drafted. */
  readonly targetTokens: number;
}

/**
 * How far to draft before checking. A policy turns what it learned from earlier rounds into plain limits for the
 * next block and sees counts only: a rule that saw the sampled tokens could bias the output.
 */
export interface DraftPolicy {
  /** Canonical name: `adaedl`, `adaedl:discard`, `static:K`, `off`. */
  readonly name: string;
  nextLimits(): DraftLimits;
  /** Called once per round, with the limits that were really in force. */
  observe(outcome: RoundOutcome): void;
  /** AdaEDL's threshold in force for the next block. */
  readonly lambda?: number;
}

export interface AdaEdlOptions extends AdaEdlParameters {
  /** lambda before the first round, in [0, 1]. */
  readonly lambdaInitial: number;
  /**
   * What becomes of the token whose distribution says stop. The paper stops before it, which throws the pass away that
   * gave the distribution. Proposing it costs one more row of the target's pass, and it is right often enough to pay
   * for that.
   */
  readonly proposeStopped: boolean;
  /** L, the largest draft length, in [1, {@link LARGEST_DRAFT_LENGTH}]. */
  readonly maxDraftTokens: number;
}

/**
 * gamma, alpha, epsilon, beta1 and beta2 are the paper's. It swept lambda's start from 0.3 to 0.9, and L; here L is 8,
 * and lambda starts at 0.5 (drafting goes on up to 1.25 nats). Replayed over greedy texts of the default pair with
 * costs measured on two cores, 0.5 was the fastest of 0.2 to 0.8, whether the stopped token is proposed or not.
 */
export const ADAEDL_DEFAULTS: AdaEdlOptions = {
  gamma: 0.2,
  lambdaInitial: 0.5,
  maxDraftTokens: 8,
  proposeStopped: true,
  alpha: 0.9,
  epsilon: 0.01,
  beta1: 0.5,
  beta2: 0.9,
};

/** No policy drafts more tokens than this in one block. */
export const LARGEST_DRAFT_LENGTH = 64;

/**
 * AdaEDL (arXiv:2410.18351). The paper does not say what happens when the rule stops before the first token; here that
 * token is drafted all the same, and alone. Throws invalid_policy naming the option.
 */
export function adaedl(options: Partial<AdaEdlOptions> = {}): DraftPolicy {
  const { lambdaInitial, maxDraftTokens, proposeStopped, ...parameters } = { ...ADAEDL_DEFAULTS, ...options };
  if (!(parameters.gamma > 0 && Number.isFinite(parameters.gamma))) {
    throw new SpeculationError('invalid_policy', 'gamma', `must be a number above 0, not ${parameters.gamma}`);
  }
  const { alpha, epsilon, beta1, beta2 } = parameters;
  for (const [field, value] of Object.entries({ lambdaInitial, alpha, epsilon, beta1, beta2 })) {
    if (!(value >= 0 && value <= 1)) {
      throw new SpeculationError('invalid_policy', field, `must be a number in [0, 1], not ${value}`);
    }
  }
  checkDraftLength('maxDraftTokens', maxDraftTokens);
  let state: AdaEdlState = { lambda: lambdaInitial, acceptanceRate: undefined };
  return {
    name: proposeStopped ? 'adaedl' : 'adaedl:discard',
    nextLimits: () => ({
      maxTokens: maxDraftTokens,
      minTokens: 1,
      maxEntropy: entropyLimit(state.lambda, parameters.gamma),
      minTopProbability: 0,
      proposeStopped,
    }),
    observe(outcome) {
      state = updateAdaEdl(state, outcome, parameters);
    },
    get lambda() {
      return state.lambda;
    },
  };
}

/** Always the same draft length. Throws invalid_policy. */
export function staticLength(draftTokens: number): DraftPolicy {
  checkDraftLength('draftTokens', draftTokens);
  return fixed(`static:${draftTokens}`, draftTokens);
}

/** No drafting: the target alone, one token a round. */
export function off(): DraftPolicy {
  return fixed('off', 0);
}

function fixed(name: string, maxTokens: number): DraftPolicy {
  const limits: DraftLimits = {
    maxTokens,
    minTokens: maxTokens,
    maxEntropy: Infinity,
    minTopProbability: 0,
    proposeStopped: false,
  };
  return { name, nextLimits: () => limits, observe: () => undefined };
}

function checkDraftLength(field: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= LARGEST_DRAFT_LENGTH)) {
    const range = `must be a whole number from 1 to ${LARGEST_DRAFT_LENGTH}`;
    throw new SpeculationError('invalid_policy', field, `${range}, not ${value}`);
  }
}
