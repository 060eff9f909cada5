/** Which of the waiting lanes share the next pass. */
import type { Wanted } from './task.js';

export interface PassLimits {
  /** Lanes of a pass, at most. */
  readonly maxLanes: number;
  /** Tokens of a pass, at most. */
  readonly maxTokens: number;
}

/** A task that waits for a pass. */
export interface Waiting {
  readonly wanted: Wanted;
}

/**
 * Attention pads each lane to the widest one: from there on, by measure, a pass of its own is cheaper for those that do
 * not fit. Twice the tokens are given away at most, and a block's worth in any case.
 */
const PADDING = 2;
const PADDED_IN_ANY_CASE = 64;

/**
 * Of tasks of one kind, in the order in which they came: the first, even where it alone is beyond the limits, and all
 * behind it that fit. Who is passed over moves up, and is the first in the end.
 */
export function choosePass<T extends Waiting>(waiting: readonly T[], { maxLanes, maxTokens }: PassLimits): T[] {
  const chosen: T[] = [];
  let lanes = 0;
  let tokens = 0;
  let widest = 0;
  for (const entry of waiting) {
    const widths = entry.wanted.lanes.map((lane) => lane.tokens.length);
    const allLanes = lanes + widths.length;
    const allTokens = widths.reduce((sum, width) => sum + width, tokens);
    const newWidest = Math.max(widest, ...widths);
    const padded = allLanes * newWidest;
    const fits =
      allLanes <= maxLanes && allTokens <= maxTokens && padded <= Math.max(PADDING * allTokens, PADDED_IN_ANY_CASE);
    if (chosen.length > 0 && !fits) continue;
    chosen.push(entry);
    lanes = allLanes;
    tokens = allTokens;
    widest = newWidest;
  }
  return chosen;
}

/** A chunk's first tokens. */
export function cutToTokens(wanted: Wanted, tokens: number): Wanted {
  return { ...wanted, lanes: wanted.lanes.map((lane) => ({ ...lane, tokens: lane.tokens.slice(0, tokens) })) };
}
