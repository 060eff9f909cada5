/**
 * The ceiling: the least time in which a text can be emitted when every block is as long as it should be, knowing what
 * will be accepted.
 *
 * By dynamic programming over where a generation can stand. A block that is accepted whole is all that need be tried:
 * drafting further costs passes and width and emits nothing more. A longer one could only leave the draft's model with
 * one token less to take in, which never costs more than a pass (costsFor refuses profiles in which it does).
 */
import { LARGEST_DRAFT_LENGTH, roomInBlock } from '@outrider/speculation';
import type { RoundCosts } from './costs.js';
import type { Acceptances, TextPath } from './path.js';
import { type Standing, advance } from './simulate.js';

interface Reached extends Standing {
  ms: number;
}

/** Milliseconds, for the draws of one generation. */
export function clairvoyantMs(path: TextPath, acceptances: Acceptances, costs: RoundCosts): number {
  const { places } = path;
  const { extraTokenMs } = costs.draft;
  const reached = Array.from({ length: places.length + 1 }, (): Reached[] => []);
  reached[0]?.push({ position: 0, waiting: 1, headStartMs: 0, ms: 0 });
  for (let position = 0; position < places.length; position++) {
    for (const from of reached[position] ?? []) {
      for (const to of roundsFrom(from, path, acceptances, costs)) keep(to, reached[to.position] ?? [], extraTokenMs);
    }
    reached[position] = [];
  }
  return Math.min(...(reached[places.length] ?? []).map(({ ms }) => ms));
}

/** Adds a standing that might lead to something better than all others at its place, and drops those that cannot now. */
function keep(to: Reached, others: Reached[], extraTokenMs: number): void {
  /** Whether `a`, made to catch up with what `b` is ahead in, is still as early. */
  const covers = (a: Reached, b: Reached): boolean =>
    a.ms + Math.max(0, a.waiting - b.waiting) * extraTokenMs + Math.max(0, b.headStartMs - a.headStartMs) <= b.ms;
  if (others.some((other) => covers(other, to))) return;
  others.splice(0, others.length, ...others.filter((other) => !covers(to, other)), to);
}

/** Every round that could follow in which all that is drafted is accepted. */
function* roundsFrom(
  from: Reached,
  path: TextPath,
  acceptances: Acceptances,
  costs: RoundCosts,
): Generator<Reached, void, void> {
  const { maxTokens, places, text } = path;
  const { draft, orchestratorMs, overlap } = costs;
  const room = roomInBlock(text.promptTokens + from.position, costs.blockTokens);
  const longest = Math.min(LARGEST_DRAFT_LENGTH, maxTokens - from.position - 1, room);
  let { waiting } = from;
  let passes = 0;
  let computeMs = 0;
  for (let length = 0; ; length++) {
    const ends = text.finishReason === 'stop' && from.position + length === places.length;
    const targetMs = costs.targetMs[1 + length] as number;
    const draftMs = length === 0 ? 0 : Math.max(0, draft.roundTripMs + computeMs - from.headStartMs);
    const to: Reached = { ...from, ms: from.ms + draftMs + targetMs + orchestratorMs };
    const block = { accepted: length, tokens: { length }, waiting };
    advance(to, block, length + (ends ? 0 : 1), acceptances, overlap * targetMs);
    yield to;

    const next = from.position + length;
    if (ends || length >= longest) return;
    const place = places[next];
    const lookedUp = place?.accepted.source === 'ngram';
    if (lookedUp) computeMs += draft.ngramTokenMs;
    if (!lookedUp || acceptances.own[next] !== 1) {
      const hits = lookedUp ? place.fallback && acceptances.fallback[next] === 1 : acceptances.own[next] === 1;
      if (!hits) return;
      computeMs += (passes++ === 0 ? draft.firstPassMs : draft.passMs) + (waiting - 1) * draft.extraTokenMs;
      waiting = 0;
    }
    waiting++;
  }
}
