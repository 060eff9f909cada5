/** Rows that are numbers to recognise, written and read as passes do. */
import { type Architecture, graphSignature } from '@outrider/models';
import type { CacheSlot, KvCache } from './kv-cache.js';

const { BLOCK_TOKENS } = graphSignature;
export const ARCHITECTURE: Architecture = {
  family: 'llama',
  hiddenSize: 8,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 2,
  feedForwardSize: 8,
  vocabularySize: 10,
  contextLength: 4096,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 10_000,
};
const HEADS = 2 * ARCHITECTURE.keyValueHeads;

/** Writes rows as a forward pass does: into the tail, making room first; each row holds one recognisable number. */
export function append(cache: KvCache, slot: CacheSlot, marks: readonly number[]): void {
  for (const mark of marks) {
    cache.makeRoom(slot);
    slot.pool.tails.forEach((tails, layer) => {
      const row = (slot.index * BLOCK_TOKENS + slot.length - slot.frozen) * cache.rowSize;
      for (let i = 0; i < cache.rowSize; i++) tails[row + i] = mark + layer * 1e5 + i / 100;
    });
    slot.length += 1;
    slot.tokens.push(mark);
  }
}

/** Reads rows back from where the graph would look for them. */
export function read(cache: KvCache, slot: CacheSlot, layer: number): number[][] {
  const { headSize, keyValueHeads } = ARCHITECTURE;
  const { pool, index } = slot;
  return Array.from({ length: slot.length }, (_, token) =>
    Array.from({ length: HEADS * headSize }, (_, i) => {
      if (token >= slot.frozen) {
        return pool.tails[layer]?.[(index * BLOCK_TOKENS + token - slot.frozen) * cache.rowSize + i] as number;
      }
      const head = Math.floor(i / headSize);
      const frozen = head < keyValueHeads ? pool.keys[layer] : pool.values[layer];
      const place = (index * keyValueHeads + (head % keyValueHeads)) * pool.capacity + token;
      return frozen?.[place * headSize + (i % headSize)] as number;
    }),
  );
}

export function expected(marks: readonly number[], layer: number, rowSize: number): number[][] {
  return marks.map((mark) => Array.from({ length: rowSize }, (_, i) => Math.fround(mark + layer * 1e5 + i / 100)));
}
