/** What sessions leave behind for others that begin alike: copies of their keys and values, apart from all slots. */
import type { Architecture } from '@outrider/models';
import type { TokenId } from '@outrider/speculation';
import type { CacheSlot, KvCache } from '../kv-cache.js';
import type { EngineOptions } from '../port.js';
import { type FoundPrefix, createPrefixTree } from './prefix-tree.js';
import { appendRows, copyRows } from './rows.js';

export interface PrefixCache {
  /** Tokens whose keys and values are kept. */
  readonly tokens: number;
  /** Keeps a copy of what the slot holds, as far as there is room for it. */
  keep(slot: CacheSlot): void;
  /** The longest prefix of the text that is kept; good until something else is kept. */
  find(text: readonly TokenId[]): FoundPrefix;
  /** Goes on behind what a slot holds, which is found as well, with the rest of what was found. */
  extend(slot: CacheSlot, found: FoundPrefix): void;
}

/** Beside the slots of `cache`; undefined when nothing is to be kept. */
export function createPrefixCache(
  architecture: Architecture,
  cache: KvCache,
  { cacheTokens = 0, onCacheChange }: Pick<EngineOptions, 'cacheTokens' | 'onCacheChange'>,
): PrefixCache | undefined {
  if (!(cacheTokens >= 1)) return undefined;
  const tree = createPrefixTree(Math.floor(cacheTokens), onCacheChange);
  return {
    get tokens() {
      return tree.tokens;
    },
    keep: (slot) => tree.keep(slot.tokens, (start, count) => copyRows(architecture, slot, start, count)),
    find: (text) => tree.find(text),
    extend(slot, { entries, length }) {
      for (const entry of entries) {
        const count = Math.min(entry.tokens.length, length - entry.start);
        if (entry.start + count > slot.length) appendRows(architecture, cache, slot, entry, count);
      }
    },
  };
}
