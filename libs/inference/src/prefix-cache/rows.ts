/**
 * Keys and values of a few tokens by themselves, as they are copied out of sessions' slots and into them: float32
 * [layers, key heads then value heads, tokens, head size], so that a head's part of a whole block is one run in both.
 */
import { type Architecture, graphSignature } from '@outrider/models';
import type { CacheSlot, KvCache } from '../kv-cache.js';
import type { Entry } from './prefix-tree.js';

const { BLOCK_TOKENS } = graphSignature;

/** Rows of the slot's tokens from `start` on, a multiple of BLOCK_TOKENS; they lie in one block. */
export function copyRows(architecture: Architecture, slot: CacheSlot, start: number, count: number): Float32Array {
  const { headSize, keyValueHeads, layers } = architecture;
  const rows = new Float32Array(layers * 2 * keyValueHeads * count * headSize);
  const isFrozen = start < slot.frozen;
  let place = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < 2 * keyValueHeads; head++) {
      if (isFrozen) {
        const [array, from] = frozenPlace(architecture, slot, layer, head, start);
        rows.set(array.subarray(from, from + count * headSize), place);
        place += count * headSize;
        continue;
      }
      const tails = slot.pool.tails[layer] as Float32Array;
      for (let token = 0; token < count; token++) {
        const from = tailPlace(architecture, slot, token, head);
        for (let i = 0; i < headSize; i++) rows[place++] = tails[from + i] as number;
      }
    }
  }
  return rows;
}

/** Appends the entry's first `count` tokens to a slot that ends at its start, or within these tokens and with them. */
export function appendRows(
  architecture: Architecture,
  cache: KvCache,
  slot: CacheSlot,
  entry: Entry,
  count: number,
): void {
  const { headSize, keyValueHeads, layers } = architecture;
  const { rows, start, tokens } = entry;
  cache.makeRoom(slot);
  const first = slot.length - start;
  const isWholeBlock = first === 0 && count === BLOCK_TOKENS;
  if (isWholeBlock) cache.widen(slot, start + BLOCK_TOKENS);
  let from = 0;
  for (let layer = 0; layer < layers; layer++) {
    const tails = slot.pool.tails[layer] as Float32Array;
    for (let head = 0; head < 2 * keyValueHeads; head++, from += tokens.length * headSize) {
      if (isWholeBlock) {
        const [array, place] = frozenPlace(architecture, slot, layer, head, start);
        array.set(rows.subarray(from, from + BLOCK_TOKENS * headSize), place);
        continue;
      }
      // A copy by hand is quicker than a view of so few numbers.
      for (let token = first; token < count; token++) {
        const place = tailPlace(architecture, slot, token, head);
        for (let i = 0; i < headSize; i++) tails[place + i] = rows[from + token * headSize + i] as number;
      }
    }
  }
  if (isWholeBlock) slot.frozen += BLOCK_TOKENS;
  slot.length = start + count;
  slot.tokens.push(...tokens.slice(first, count));
}

/** Where a token's part of a key head, or behind those of a value head, lies in the finished blocks. */
function frozenPlace(
  { headSize, keyValueHeads }: Architecture,
  { index, pool }: CacheSlot,
  layer: number,
  head: number,
  token: number,
): readonly [array: Float32Array, place: number] {
  const array = (head < keyValueHeads ? pool.keys : pool.values)[layer] as Float32Array;
  const ofSlot = index * keyValueHeads + (head % keyValueHeads);
  return [array, (ofSlot * pool.capacity + token) * headSize];
}

/** The same in the tail, whose tokens count from 0. */
function tailPlace({ headSize, keyValueHeads }: Architecture, slot: CacheSlot, token: number, head: number): number {
  return ((slot.index * BLOCK_TOKENS + token) * 2 * keyValueHeads + head) * headSize;
}
