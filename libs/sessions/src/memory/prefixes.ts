import type { PrefixHolder, PrefixIndex } from '../prefix-index.js';

/** The prefix index of this process. */
export function createMemoryPrefixes(now: () => number): PrefixIndex {
  const held = new Map<string, { readonly names: Set<string>; readonly until: number }>();
  const keyOf = ({ fingerprint, replica }: PrefixHolder): string => JSON.stringify([fingerprint, replica]);
  const namesOf = (holder: PrefixHolder): ReadonlySet<string> => {
    const entry = held.get(keyOf(holder));
    return entry && entry.until > now() ? entry.names : new Set();
  };
  return {
    async update(holder, { added, removed }, ttlMs) {
      for (const [key, { until }] of held) if (until <= now()) held.delete(key);
      const names = new Set(namesOf(holder));
      for (const name of removed) names.delete(name);
      for (const name of added) names.add(name);
      if (names.size === 0) held.delete(keyOf(holder));
      else held.set(keyOf(holder), { names, until: now() + ttlMs });
    },
    async forget(holder) {
      held.delete(keyOf(holder));
    },
    async find(fingerprint, replicas, chain) {
      return replicas.map((replica) => {
        const names = namesOf({ fingerprint, replica });
        return chain.findLastIndex((name) => names.has(name)) + 1;
      });
    },
  };
}
