import { predictAcceptance } from '../../predictor.js';
import type { RoundOutcome } from '../../policy.js';
import type { DraftSource } from '../../types.js';
import { asPredictor, observeToken } from './acceptance-estimate.js';
import { observeCost } from './cost-estimate.js';
import { type PaceState, costsNow, withCostsNow } from './state.js';
import { observeSureness } from './sureness.js';

/** Share of the past in the rate, with each round. */
const RATE_MEMORY = 0.98;
/** Share of one block in how often blocks start with an n-gram. */
const SHARE_RATE = 0.05;
/** Share of one round in how many sessions share a pass. */
const COMPANY_RATE = 0.1;

/** What pace knows after a round. */
export function observeRound(state: PaceState, outcome: RoundOutcome): PaceState {
  const { accepted, cost, figures, stopReason } = outcome;
  const acceptance = { ...state.acceptance };
  const sampled = { ...state.sampled };
  const sureness = { ...state.sureness };
  // Behind the first rejected token nothing was put to the test.
  for (const [index, figure] of figures.slice(0, accepted + 1).entries()) {
    const source = figure.source ?? 'neural';
    const estimate = predictAcceptance(asPredictor(acceptance[source]), figure, index);
    sureness[source] = observeSureness(sureness[source], index, estimate);
    acceptance[source] = observeToken(acceptance[source], figure, index < accepted);
    sampled[source] = observeToken(sampled[source], figure, index < accepted);
  }
  const stopped = stoppedSource(outcome);
  // What was not worth proposing is part of how sure the draft is: as good as 0.
  if (stopped !== undefined && accepted === figures.length) {
    sureness[stopped] = observeSureness(sureness[stopped], figures.length, 0);
  }
  const share = startsWithNgram(outcome, stopped) ?? state.ngramShare;
  const learned = {
    acceptance,
    sampled,
    sureness,
    ngramShare: state.ngramShare + SHARE_RATE * (share - state.ngramShare),
  };
  // How long a draft took that failed says nothing of the next.
  if (cost === undefined || stopReason === 'draft_unavailable') return { ...state, ...learned };
  const company = state.company + COMPANY_RATE * (Math.max(1, cost.targetSessions ?? 1) - state.company);
  const known = { ...state, ...learned, company };
  const { estimate, rate, sinceAlone } = costsNow(known);
  return withCostsNow(known, {
    estimate: observeCost(estimate, cost),
    sinceAlone,
    rate: {
      tokens: RATE_MEMORY * rate.tokens + accepted + 1,
      ms: RATE_MEMORY * rate.ms + cost.draftMs + cost.targetMs,
    },
  });
}

/** Whose distribution ended the block without a token of its own; undefined when none did. */
function stoppedSource({ cost, figures, stopReason }: RoundOutcome): DraftSource | undefined {
  if (stopReason === 'no_match') return 'ngram';
  if (stopReason !== 'survival') return undefined;
  const neural = figures.filter(({ source }) => source !== 'ngram').length;
  return (cost?.draftPasses ?? neural) > neural ? 'neural' : undefined;
}

/** 1 or 0; undefined when the draft was not asked, or failed. */
function startsWithNgram({ figures, maxTokens, stopReason }: RoundOutcome, stopped?: DraftSource): number | undefined {
  if (figures[0] !== undefined) return Number(figures[0].source === 'ngram');
  if (maxTokens === 0 || stopReason === 'draft_unavailable') return undefined;
  return Number(stopped === 'ngram');
}
