/** What one forward pass does for one session, and what it says. */
import type { CacheSlot } from './kv-cache.js';

export interface Lane {
  readonly slot: CacheSlot;
  /** Tokens to append, at least one. */
  readonly tokens: readonly number[];
  /** How many of the last tokens are scored; 0 when only the cache is to grow. */
  readonly scored: number;
  /** Divides the logits; 1 leaves them. */
  readonly temperature: number;
  /** How many of the most probable head rows to return for each scored token; 0 for the best two alone. */
  readonly lawSize: number;
  /** For each scored token, head rows whose probability is wanted besides; only with lawSize > 0. */
  readonly candidates?: readonly (readonly number[])[];
  /** Also return all logits, divided by the temperature. */
  readonly wantsLogits?: boolean;
}

/** After one scored token. Rows are rows of the output head. */
export interface ScoredRow {
  readonly bestRows: readonly [number, number];
  readonly bestLogits: readonly [number, number];
  /** Descending; empty unless asked for. */
  readonly lawRows: readonly number[];
  readonly lawProbabilities: readonly number[];
  /** As many as were asked for. */
  readonly candidateProbabilities: readonly number[];
  /** Shannon entropy in nats of the whole distribution; NaN unless the law was asked for. */
  readonly entropy: number;
  /** float32 [head rows] */
  readonly logits?: Float32Array;
}

/**
 * Lanes that one pass can serve: neighbours in one pool. Sessions of half the largest capacity and more are moved up
 * to it first; a run may include a few idle slots, which cost less than a pass of their own.
 */
export interface LaneGroup {
  readonly start: number;
  readonly count: number;
  readonly lanes: readonly Lane[];
}

export function groupLanes(lanes: readonly Lane[], move: (slot: CacheSlot, capacity: number) => void): LaneGroup[] {
  const largest = Math.max(...lanes.map(({ slot }) => slot.pool.capacity));
  for (const { slot } of lanes) {
    if (slot.pool.capacity !== largest && 2 * slot.pool.capacity >= largest) move(slot, largest);
  }
  const sorted = [...lanes].sort((a, b) => a.slot.pool.capacity - b.slot.pool.capacity || a.slot.index - b.slot.index);
  const groups: { start: number; count: number; lanes: Lane[] }[] = [];
  for (const lane of sorted) {
    const group = groups.at(-1);
    const gap = group === undefined ? 0 : lane.slot.index - (group.start + group.count);
    if (group !== undefined && group.lanes[0]?.slot.pool === lane.slot.pool && gap <= LARGEST_GAP) {
      group.count += gap + 1;
      group.lanes.push(lane);
    } else groups.push({ start: lane.slot.index, count: 1, lanes: [lane] });
  }
  return groups;
}

const LARGEST_GAP = 1;
