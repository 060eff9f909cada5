import { integer, matching, optionalText } from './kinds.js';

/** Settings of the state that processes share. */
export const redisSettings = {
  /**
   * redis://, redis+sentinel:// or redis+cluster://, or each with rediss for TLS; parseRedisUrl of @outrider/sessions
   * reads it. Unset: every process keeps to itself.
   */
  redisUrl: optionalText('OUTRIDER_REDIS_URL'),
  /** First part of every key, so that deployments can share a Redis. */
  redisKeyPrefix: matching('OUTRIDER_REDIS_KEY_PREFIX', /^[A-Za-z0-9._:-]{1,64}$/, {
    fallback: 'outrider',
    message: 'must be 1 to 64 letters, digits and . _ : -',
  }),
  /** In place of those in the URL. */
  redisUsername: optionalText('OUTRIDER_REDIS_USERNAME'),
  redisPassword: optionalText('OUTRIDER_REDIS_PASSWORD'),
  /** Of the Sentinels, where they want any. */
  redisSentinelUsername: optionalText('OUTRIDER_REDIS_SENTINEL_USERNAME'),
  redisSentinelPassword: optionalText('OUTRIDER_REDIS_SENTINEL_PASSWORD'),
  /** How long a call may take, waiting for a connection and trying again included. */
  redisTimeoutMs: integer('OUTRIDER_REDIS_TIMEOUT_MS', { min: 1, max: 60_000 }, 500),
  /** How long connecting may take. */
  redisConnectTimeoutMs: integer('OUTRIDER_REDIS_CONNECT_TIMEOUT_MS', { min: 1, max: 60_000 }, 5000),
  /** PEM files for TLS: the authorities to trust in place of the system's, and a client certificate with its key. */
  redisCaFile: optionalText('OUTRIDER_REDIS_CA_FILE'),
  redisCertFile: optionalText('OUTRIDER_REDIS_CERT_FILE'),
  redisKeyFile: optionalText('OUTRIDER_REDIS_KEY_FILE'),
};
