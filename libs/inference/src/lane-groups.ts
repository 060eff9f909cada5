/**
 * Which lanes share a pass: one reads neighbours in one pool. Everything is weighed in tokens of a cache that a pass
 * reads, since both the caches and the weights are read once a pass and that is what passes over few tokens take their
 * time for.
 */
import { graphSignature } from '@outrider/models';
import { type CacheSlot, type Pool, capacityFor } from './kv-cache.js';
import type { Lane } from './lanes.js';
import type { LoadedModel } from './model.js';

const { BLOCK_TOKENS } = graphSignature;

/** Neighbours in one pool; a run may include idle slots. */
export interface LaneGroup {
  readonly start: number;
  readonly count: number;
  readonly lanes: readonly Lane[];
}

/**
 * The tokens of a cache that take as long to read as a pass over no session at all. The weights are counted with a byte
 * each; measured, it is three quarters of what that says, both for the default target and the default draft.
 */
export function tokensOfPass({ architecture, headRows }: Pick<LoadedModel, 'architecture' | 'headRows'>): number {
  const { feedForwardSize, headSize, heads, hiddenSize, keyValueHeads, layers } = architecture;
  const attention = 2 * (heads + keyValueHeads) * headSize * hiddenSize;
  const weights = layers * (attention + 3 * feedForwardSize * hiddenSize) + headRows * hiddenSize;
  const tokenBytes = 4 * layers * 2 * keyValueHeads * headSize;
  return (0.75 * weights) / tokenBytes;
}

/**
 * The groups in which the lanes are read in the least time, after moving slots up to larger pools where that spares more
 * than it costs, and down again when they have been too large in vain for long enough. `move` brings slots to the pool of
 * that capacity.
 */
export function groupLanes(
  lanes: readonly Lane[],
  passTokens: number,
  move: (slots: readonly CacheSlot[], capacity: number) => void,
): LaneGroup[] {
  const slots = lanes.map(({ slot }) => slot);
  for (const { capacity, together } of sharedPools(slots, passTokens)) {
    if (together.some(({ pool }) => pool.capacity !== capacity)) move(together, capacity);
    if (isOutgrown(together)) move(together, capacityFor(mostFrozen(together)));
  }
  const [only] = lanes;
  if (only !== undefined && lanes.length === 1) return [{ start: only.slot.index, count: 1, lanes }];
  const sorted = [...lanes].sort((a, b) => a.slot.pool.capacity - b.slot.pool.capacity || a.slot.index - b.slot.index);
  const groups: { start: number; count: number; lanes: Lane[] }[] = [];
  for (const lane of sorted) {
    const { index, pool } = lane.slot;
    const group = groups.at(-1);
    const gap = group === undefined ? 0 : index - (group.start + group.count);
    if (group?.lanes[0]?.slot.pool === pool && gap * (pool.capacity + BLOCK_TOKENS) <= passTokens) {
      group.count += gap + 1;
      group.lanes.push(lane);
    } else groups.push({ start: index, count: 1, lanes: [lane] });
  }
  return groups;
}

interface SharedPool {
  readonly capacity: number;
  readonly together: readonly CacheSlot[];
}

/** The slots in the pools in which they are to be read: of all ways to move some up, the one that reads the fewest tokens. */
function sharedPools(slots: readonly CacheSlot[], passTokens: number): SharedPool[] {
  const [first] = slots;
  if (first === undefined) return [];
  if (slots.every(({ pool }) => pool === first.pool)) return [{ capacity: first.pool.capacity, together: slots }];
  const counts = new Map<number, number>();
  for (const { pool } of slots) counts.set(pool.capacity, (counts.get(pool.capacity) ?? 0) + 1);
  const capacities = [...counts.keys()].sort((a, b) => a - b);
  // best[i]: of the first i capacities.
  const best: { readonly tokens: number; readonly from: number }[] = [{ tokens: 0, from: 0 }];
  for (let end = 1; end <= capacities.length; end++) {
    const largest = capacities[end - 1] as number;
    let least = { tokens: Infinity, from: end - 1 };
    let sessions = 0;
    for (let from = end - 1; from >= 0; from--) {
      sessions += counts.get(capacities[from] as number) as number;
      const tokens = (best[from]?.tokens ?? 0) + passTokens + sessions * largest;
      if (tokens < least.tokens) least = { tokens, from };
    }
    best.push(least);
  }
  const shared: SharedPool[] = [];
  for (let end = capacities.length; end > 0; end = best[end]?.from ?? 0) {
    const part = capacities.slice(best[end]?.from, end);
    const together = slots.filter(({ pool }) => part.includes(pool.capacity));
    shared.push({ capacity: part.at(-1) as number, together });
  }
  return shared;
}

/** Copying a token, and first touching the memory it goes to, in tokens read. */
const COPY_TOKENS = 8;
/** By pool: tokens that passes have read in it although none of their lanes was that long. */
const inVain = new WeakMap<Pool, number>();

/** Whether it would have been better to move the slots of a pool down at the beginning. */
function isOutgrown(slots: readonly CacheSlot[]): boolean {
  const pool = slots[0]?.pool;
  if (pool === undefined) return false;
  const waste = slots.length * (pool.capacity - capacityFor(mostFrozen(slots)));
  const wasted = waste === 0 ? 0 : (inVain.get(pool) ?? 0) + waste;
  const isEnough = wasted > COPY_TOKENS * slots.reduce((sum, { frozen }) => sum + frozen + BLOCK_TOKENS, 0);
  inVain.set(pool, isEnough ? 0 : wasted);
  return isEnough;
}

function mostFrozen(slots: readonly CacheSlot[]): number {
  return slots.reduce((most, { frozen }) => Math.max(most, frozen), 0);
}
