import { createMemoryState } from './memory/state.js';
import type { RedisStateOptions } from './redis/options.js';
import { openRedisState } from './redis/state.js';
import type { SharedState } from './shared-state.js';

/** The values of `redisSettings` of @outrider/config. */
export interface RedisConfig {
  readonly redisUrl: string | undefined;
  readonly redisKeyPrefix: string;
  readonly redisUsername: string | undefined;
  readonly redisPassword: string | undefined;
  readonly redisSentinelUsername: string | undefined;
  readonly redisSentinelPassword: string | undefined;
  readonly redisTimeoutMs: number;
  readonly redisConnectTimeoutMs: number;
  readonly redisCaFile: string | undefined;
  readonly redisCertFile: string | undefined;
  readonly redisKeyFile: string | undefined;
}

export interface OpenStateOptions extends Pick<RedisStateOptions, 'idleMs' | 'onAvailability'> {
  /** Sessions that are remembered at most without a Redis, which has a limit of its own. */
  readonly maxIdle: number;
}

/**
 * The state that a process's settings name: in a Redis, or in the process itself.
 * Errors: StoreError invalid_options.
 */
export async function openSharedState(config: RedisConfig, options: OpenStateOptions): Promise<SharedState> {
  const { idleMs, maxIdle, onAvailability } = options;
  if (config.redisUrl === undefined) return createMemoryState({ now: Date.now, idleMs, maxIdle });
  return openRedisState({
    url: config.redisUrl,
    keyPrefix: config.redisKeyPrefix,
    username: config.redisUsername,
    password: config.redisPassword,
    sentinelUsername: config.redisSentinelUsername,
    sentinelPassword: config.redisSentinelPassword,
    timeoutMs: config.redisTimeoutMs,
    connectTimeoutMs: config.redisConnectTimeoutMs,
    caFile: config.redisCaFile,
    certFile: config.redisCertFile,
    keyFile: config.redisKeyFile,
    idleMs,
    onAvailability,
  });
}
