/** One block of a replay, as a draft would propose it: the same rule, asked in the same order, over recorded figures. */
import { type DraftLimits, type DraftStopReason, type DraftedToken, blockRule } from '@outrider/speculation';
import type { DraftCosts } from '../profiles/types.js';
import type { Place, TextPath } from './path.js';

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
 * The block that begins at place `start` of the text. `acceptances` says, for each place, whether what is drafted there
 * is accepted; `waiting` how many committed tokens the model has still to take in, at least one.
 */
export function replayBlock(
  path: TextPath,
  start: number,
  limits: DraftLimits,
  acceptances: Uint8Array,
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
  /** Set behind the first rejected token. */
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
    const place = places[start + accepted] as Place;
    const hits = left === undefined && acceptances[start + accepted] === 1;
    const token = left === undefined ? (hits ? place.accepted : place.rejected) : offPathAt(left, depth);
    if (token === undefined) return end('no_match');
    const neural = token.source !== 'ngram';
    if (neural) {
      const unlikely = rule.beforePass();
      if (unlikely !== undefined) return end(unlikely);
      computeMs += (passes === 0 ? costs.firstPassMs : costs.passMs) + (waiting - 1) * costs.extraTokenMs;
      passes++;
      waiting = 0;
    } else computeMs += costs.ngramTokenMs;

    const stopping = rule.at(token);
    if (stopping?.proposes === false) return end(stopping.reason);
    tokens.push(token);
    waiting++;
    const ending = rule.after(token);
    if (hits) {
      accepted++;
      if (neural) acceptedPasses++;
      ends = text.finishReason === 'stop' && start + accepted === places.length;
    } else if (left === undefined) left = place;
    else depth++;
    if (ends || (left !== undefined && endsText(left, depth))) return end('end_of_text');
    const reason = stopping?.reason ?? ending;
    if (reason !== undefined) return end(reason);
  }
}

/** Behind the recorded ones, the last one again. */
function offPathAt({ offPath, offPathEnd }: Place, depth: number): DraftedToken | undefined {
  if (depth < offPath.length) return offPath[depth];
  return offPathEnd === undefined ? offPath.at(-1) : undefined;
}

/** Whether the token behind which `depth` others were drafted off the text is an end token. */
function endsText({ offPath, offPathEnd }: Place, depth: number): boolean {
  return offPathEnd === 'end_of_text' && depth === offPath.length;
}
