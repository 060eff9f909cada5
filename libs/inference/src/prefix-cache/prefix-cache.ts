/** What sessions leave behind for others that begin alike: keys and values, by the tokens they stand for. */
import type { TokenId } from '@outrider/speculation';
import type { CacheSlot } from '../kv-cache.js';

export interface PrefixCache {
  /** Tokens whose keys and values are kept. */
  readonly tokens: number;
  /** Keeps a copy of what the slot holds, as far as there is room for it. */
  keep(slot: CacheSlot): void;
  /** Goes on behind what the slot holds of `text`, which must be its first tokens, with what is kept of the rest. */
  extend(slot: CacheSlot, text: readonly TokenId[]): void;
}
