import { StoreError } from '../error.js';
import { WARM_START_DAYS, type WarmStartStore } from '../warm-start-store.js';
import type { RedisCalls } from './calls.js';
import { isWrongType } from './errors.js';
import { parseJson } from './json.js';
import type { Keys } from './keys.js';

export function createRedisWarmStarts(calls: RedisCalls, keys: Keys): WarmStartStore {
  return {
    async find(key) {
      try {
        return parseJson(await calls.call((redis) => redis.get(keys.warmStart(key))));
      } catch (error) {
        if (error instanceof StoreError && isWrongType(error)) return undefined;
        throw error;
      }
    },
    async keep(key, state) {
      const json = JSON.stringify(state ?? null);
      await calls.call((redis) => redis.set(keys.warmStart(key), json, 'EX', WARM_START_DAYS * 86_400));
    },
  };
}
