import { StoreError } from '../error.js';
import type { SharedState } from '../shared-state.js';
import { createRedisCalls } from './calls.js';
import { connectRedis } from './connection.js';
import { createKeys } from './keys.js';
import type { RedisStateOptions } from './options.js';
import { createRedisPrefixes } from './prefixes.js';
import { createRedisReplicas } from './replicas.js';
import { createRedisJournal, createRedisSessions } from './sessions.js';
import { createRedisWarmStarts } from './warm-starts.js';

/**
 * The state in a Redis: one server, the master of Sentinels, or a cluster. Resolves at once and connects in the
 * background; calls wait for that as long as a call may take.
 * Errors: StoreError invalid_options.
 */
export async function openRedisState(options: RedisStateOptions): Promise<SharedState> {
  const { keyPrefix = 'outrider', timeoutMs = 500, idleMs, onAvailability } = options;
  if (!/^[A-Za-z0-9._:-]+$/.test(keyPrefix)) {
    throw new StoreError('invalid_options', 'the key prefix may hold letters, digits and . _ : - only');
  }
  const calls = createRedisCalls(await connectRedis(options, timeoutMs), { timeoutMs, onAvailability });
  const keys = createKeys(keyPrefix);
  return {
    sessions: createRedisSessions({ calls, keys, idleMs }),
    journal: createRedisJournal({ calls, keys, idleMs }),
    replicas: createRedisReplicas(calls, keys),
    prefixes: createRedisPrefixes(calls, keys),
    warmStarts: createRedisWarmStarts(calls, keys),
    available: () => calls.closed,
    close: async () => calls.stop(),
  };
}
