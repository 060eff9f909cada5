import { prefixChain } from '@outrider/contracts';
import type { CacheChange } from '@outrider/inference';
import type { TokenId } from '@outrider/speculation';

/** What sessions held when they ended, up to so many tokens; the least recently used go first. */
export interface ToyCache {
  keep(tokens: readonly TokenId[]): void;
  /** The longest kept text that these begin with, or their longest common beginning with one. */
  find(tokens: readonly TokenId[]): readonly TokenId[];
  /** Tokens kept. */
  size(): number;
}

export function createToyCache(mostTokens: number, onChange?: (change: CacheChange) => void): ToyCache {
  // The most recently used are last.
  let texts: (readonly TokenId[])[] = [];
  let names: readonly string[] = [];
  const size = (): number => texts.reduce((sum, text) => sum + text.length, 0);
  const use = (text: readonly TokenId[]): void => {
    texts = [...texts.filter((other) => other !== text), text];
  };
  return {
    size,
    keep(tokens) {
      use(tokens);
      while (size() > mostTokens) texts.shift();
      const before = names;
      names = [...new Set(texts.flatMap(prefixChain))];
      const added = names.filter((name) => !before.includes(name));
      // Leaves before what they grow from.
      const removed = before.filter((name) => !names.includes(name)).reverse();
      if (added.length + removed.length > 0) onChange?.({ added, removed });
    },
    find(tokens) {
      let longest: readonly TokenId[] = [];
      for (const text of texts) {
        const differs = tokens.findIndex((token, i) => token !== text[i]);
        const common = differs < 0 ? tokens : tokens.slice(0, differs);
        if (common.length > longest.length) longest = common;
        if (common.length === text.length) use(text);
      }
      return longest;
    },
  };
}
