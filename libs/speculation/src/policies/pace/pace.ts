import type { DraftPolicy } from '../../policy.js';
import type { DraftLimits } from '../../types.js';
import { checkDraftLength } from '../checks.js';
import { policyNameOf } from '../name.js';
import { asPredictor } from './acceptance-estimate.js';
import { aloneMs, neverFalling, targetMs } from './cost-estimate.js';
import { observeRound } from './observe.js';
import { type Plan, plan } from './plan.js';
import {
  type PaceState,
  REMEASURE_EVERY,
  costsNow,
  forAnotherText,
  readPaceState,
  startingState,
  withCostsNow,
} from './state.js';

export interface PaceOptions {
  /** The most tokens of a block, in [1, 64]. */
  readonly maxDraftTokens: number;
}

export const PACE_DEFAULTS: PaceOptions = { maxDraftTokens: 16 };

/** Rounds between two plans: it changes slowly, and costs more than a round's other bookkeeping. */
const PLAN_EVERY = 8;
/** Share of the time that looking whether drafting pays again may cost. */
const PROBE_SHARE = 0.005;
const LONGEST_PAUSE = 512;
/** For so many rounds the target is measured alone. */
const MEASURED_ROUNDS = 2;

/**
 * Drafts while one more token pays: plan.ts says where that ends, from three things learned on the way for this pair of
 * models: how acceptance hangs on the draft's figures, how sure the draft is how often, and what passes and the way to
 * the draft cost. Where drafting loses it drafts nothing, and looks again now and then for about a two-hundredth of the
 * time. `warmStart` is what another generation of the pair exported.
 *
 * Its limits hang on measured time, so under rejection acceptance the text of a seed may differ from run to run (its
 * law does not); greedy and coupled text does not. Errors: invalid_policy naming the field.
 */
export function pace(options: Partial<PaceOptions> = {}, warmStart?: unknown): DraftPolicy {
  const { maxDraftTokens } = { ...PACE_DEFAULTS, ...options };
  checkDraftLength('maxDraftTokens', maxDraftTokens);
  let state = warmStart === undefined ? startingState : forAnotherText(readPaceState(warmStart));
  let current = planFor(state, maxDraftTokens);
  let age = 0;
  let rounds = 0;
  /** Rounds to go until the draft, and until a pass of its model, is tried again although it would not pay. */
  let askPause = pauseAfter(current.trialLoss, state);
  let passPause = pauseAfter(-current.passGain, state);
  /** Rounds of the measurement that is going on. */
  let measured = 0;
  let resting = false;

  return {
    name: policyNameOf('pace', { maxDraftTokens }, PACE_DEFAULTS.maxDraftTokens),
    nextLimits() {
      resting = current.gain <= 0 && askPause > 0;
      const measuring = costsNow(state).sinceAlone >= REMEASURE_EVERY;
      const trying = current.gain <= 0 || (current.passGain <= 0 && passPause === 0);
      return limitsOf(current, state, resting || measuring ? 0 : maxDraftTokens, trying);
    },
    observe(outcome) {
      state = observeRound(state, outcome);
      const draftPasses = outcome.cost?.draftPasses ?? outcome.drafted;
      const asked = outcome.maxTokens > 0 && outcome.stopReason !== 'draft_unavailable';
      const tried = (asked && current.gain <= 0) || (draftPasses > 0 && current.passGain <= 0);
      askPause = asked ? 0 : Math.max(0, askPause - 1);
      passPause = draftPasses > 0 ? 0 : Math.max(0, passPause - 1);
      const costs = costsNow(state);
      if (asked) state = withCostsNow(state, { ...costs, sinceAlone: costs.sinceAlone + 1 });
      else if (resting || ++measured >= MEASURED_ROUNDS) {
        measured = 0;
        state = withCostsNow(state, { ...costs, sinceAlone: 0 });
      }
      rounds++;
      if (++age < Math.min(PLAN_EVERY, rounds / 2) && !tried) return;
      const before = current;
      current = planFor(state, maxDraftTokens);
      age = 0;
      if (asked || before.gain > 0) askPause = pauseAfter(current.trialLoss, state);
      if (draftPasses > 0 || before.passGain > 0) passPause = pauseAfter(-current.passGain, state);
    },
    exportState: () => state,
  };
}

/** `trying`: a token is proposed whatever the plan says, to see what comes of it. */
function limitsOf(plan: Plan, { acceptance, sampled }: PaceState, maxTokens: number, trying: boolean): DraftLimits {
  const { beforePass, toPropose } = plan;
  const predictorsOf = ({ neural, ngram }: PaceState['sampled']) => ({
    neural: asPredictor(neural),
    ngram: asPredictor(ngram),
  });
  return {
    maxTokens,
    minTokens: trying ? Math.min(maxTokens, 1) : 0,
    maxEntropy: Infinity,
    minTopProbability: 0,
    proposeStopped: false,
    survival: { predictors: predictorsOf(acceptance), sampled: predictorsOf(sampled), beforePass, toPropose },
  };
}

/** Rounds after which one that loses so many tokens costs no more than {@link PROBE_SHARE} of them. */
function pauseAfter(loss: number, state: PaceState): number {
  // What few blocks took is not sure: the first ones of a process are slow.
  const longest = Math.min(LONGEST_PAUSE, 4 ** Math.min(6, costsNow(state).estimate.draft?.count ?? 0));
  return Math.min(longest, Math.ceil(Math.max(0, loss) / PROBE_SHARE));
}

function planFor(state: PaceState, maxTokens: number): Plan {
  const { estimate: costs, rate } = costsNow(state);
  const { firstMs, hopMs, passMs } = costs.draft ?? { hopMs: 0, firstMs: 0, passMs: 0 };
  const widths = neverFalling(Array.from({ length: maxTokens + 1 }, (_, drafted) => targetMs(costs, drafted + 1)));
  const alone = aloneMs(costs);
  const one = widths[0] as number;
  // Who makes a pass wider that others share makes them all wait, and who comes late to it leaves them a pass of their
  // own: time is worth their tokens too.
  const { company } = state;
  return plan({
    // Never worse than without a draft.
    rate: Math.max(1 / alone, rate.ms > 0 ? rate.tokens / rate.ms : 0),
    maxTokens,
    targetMs: (drafted) => one + company * ((widths[drafted] as number) - one),
    // What asking alone costs: the way there and back, and a slower pass of the target.
    hopMs: company * (hopMs + one - alone),
    firstMs: company * firstMs,
    passMs: company * passMs,
    sureness: state.sureness,
    ngramShare: state.ngramShare,
  });
}
