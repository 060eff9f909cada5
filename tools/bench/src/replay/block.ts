/** One block of a replay, as a draft would propose it: the same rule, asked in the same order, over recorded figures. */
import {
  type DraftLimits,
  type DraftStopReason,
  type DraftedToken,
  type Stopping,
  blockRule,
} from '@outrider/speculation';
import type { DraftCosts } from '../profiles/types.js';
import type { Acceptances, OffPathToken, Place, TextPath } from './path.js';

export interface ReplayedBlock {
  readonly tokens: readonly DraftedToken[];
  readonly stopReason: DraftStopReason;
  /** Drafted tokens that will be accepted, and those of them that took a pass. */
  readonly accepted: number;
  readonly acceptedPasses: number;
  readonly passes: number;
  readonly computeMs: number;
  /** Committed and drafted tokens at the end that the model has not taken in. */
  readonly waiting: number;
  /** Whether the last accepted token ends the text. */
  readonly ends: boolean;
}

/**
 * The block that begins at place `start` of the text; `waiting` is how many committed tokens the model has still to take
 * in, at least one.
 */
export function replayBlock(
  path: TextPath,
  start: number,
  limits: DraftLimits,
  acceptances: Acceptances,
  waiting: number,
  costs: DraftCosts,
): ReplayedBlock {
  const { places, text } = path;
  const rule = blockRule(limits);
  const tokens: DraftedToken[] = [];
  let accepted = 0;
  let acceptedPasses = 0;
  let passes = 0;
  let computeMs = 0;
  /** Where the first rejected token was drafted, and how many were drafted behind it. */
  let left: Place | undefined;
  let depth = 0;
  let ends = false;
  const end = (stopReason: DraftStopReason): ReplayedBlock => ({
    tokens,
    stopReason,
    accepted,
    acceptedPasses,
    passes,
    computeMs,
    waiting,
    ends,
  });

  for (;;) {
    if (tokens.length >= limits.maxTokens) return end('max_tokens');
    let place = left === undefined ? places[start + accepted] : left;
    let hits = left === undefined && acceptances.own[start + accepted] === 1;
    const ahead = left === undefined ? undefined : offPathAt(left, depth);
    let token = left !== undefined ? ahead?.token : hits ? place?.accepted : place?.rejected;
    if (place === undefined || token === undefined) return end('no_match');

    let stopping: Stopping | undefined;
    if (token.source === 'ngram') {
      computeMs += costs.ngramTokenMs;
      stopping = rule.at(token);
      // Where the limits would stop at what is looked up, the model is asked.
      const fallback: Place | undefined = left === undefined ? place.fallback : undefined;
      if (stopping !== undefined && (fallback ?? ahead?.fallback) !== undefined) {
        hits = fallback !== undefined && acceptances.fallback[start + accepted] === 1;
        place = fallback ?? place;
        token = ahead?.fallback ?? (hits ? place.accepted : place.rejected);
      }
    }
    if (token.source !== 'ngram') {
      const unlikely = rule.beforePass();
      if (unlikely !== undefined) return end(unlikely);
      computeMs += (passes === 0 ? costs.firstPassMs : costs.passMs) + (waiting - 1) * costs.extraTokenMs;
      passes++;
      waiting = 0;
      stopping = rule.at(token);
    }
    if (stopping?.proposes === false) return end(stopping.reason);
    tokens.push(token);
    waiting++;
    const ending = rule.after(token);
    if (hits) {
      accepted++;
      if (token.source !== 'ngram') acceptedPasses++;
      ends = text.finishReason === 'stop' && start + accepted === places.length;
    } else if (left === undefined) left = place;
    else depth++;
    if (ends || (left !== undefined && endsText(left, depth))) return end('end_of_text');
    const reason = stopping?.reason ?? ending;
    if (reason !== undefined) return end(reason);
  }
}

/** Behind the recorded ones, the last one again. */
function offPathAt({ offPath, offPathEnd }: Place, depth: number): OffPathToken | undefined {
  if (depth < offPath.length) return offPath[depth];
  return offPathEnd === undefined ? offPath.at(-1) : undefined;
}

/** Whether the token behind which `depth` others were drafted off the text is an end token. */
function endsText({ offPath, offPathEnd }: Place, depth: number): boolean {
  return offPathEnd === 'end_of_text' && depth === offPath.length;
}
