import type { PrefixIndex } from '../prefix-index.js';
import type { RedisCalls } from './calls.js';
import { wholeMs } from './durations.js';
import { isWhole } from './json.js';
import type { Keys } from './keys.js';

/** Names that one run of a script is given: Redis serves nobody else meanwhile. */
const batchSize = 4096;

export function createRedisPrefixes(calls: RedisCalls, keys: Keys): PrefixIndex {
  return {
    async update(holder, { added, removed }, ttlMs) {
      const key = [keys.prefixes(holder)];
      for (let start = 0; start === 0 || start < Math.max(added.length, removed.length); start += batchSize) {
        const [gone, come] = [removed, added].map((names) => names.slice(start, start + batchSize)) as [
          string[],
          string[],
        ];
        await calls.script('update-prefixes-1', key, [wholeMs(ttlMs), String(gone.length), ...gone, ...come]);
      }
    },
    async forget(holder) {
      await calls.call((redis) => redis.unlink(keys.prefixes(holder)));
    },
    async find(fingerprint, replicas, chain) {
      if (replicas.length === 0 || chain.length === 0) return replicas.map(() => 0);
      const sets = replicas.map((replica) => keys.prefixes({ fingerprint, replica }));
      const answer = await calls.script('find-prefixes-n', sets, chain);
      const held = Array.isArray(answer) ? (answer as unknown[]) : [];
      return replicas.map((_, i) => (isWhole(held[i]) ? held[i] : 0));
    },
  };
}
