import { expect, it } from 'vitest';
import { type RedisConfig, openSharedState } from './open-state.js';

const config: RedisConfig = {
  redisUrl: undefined,
  redisKeyPrefix: 'outrider',
  redisUsername: undefined,
  redisPassword: undefined,
  redisSentinelUsername: undefined,
  redisSentinelPassword: undefined,
  redisTimeoutMs: 500,
  redisConnectTimeoutMs: 5000,
  redisCaFile: undefined,
  redisCertFile: undefined,
  redisKeyFile: undefined,
};
const options = { idleMs: 1000, maxIdle: 10 };

it('keeps the state in the process when no Redis is named', async () => {
  const [one, other] = await Promise.all([openSharedState(config, options), openSharedState(config, options)]);
  expect(await one.sessions.claim('s', 1000)).toBeDefined();
  expect(await one.sessions.claim('s', 1000)).toBeUndefined();
  expect(await other.sessions.claim('s', 1000)).toBeDefined();
  expect(one.available()).toBe(true);
});

it('refuses a Redis that cannot be', async () => {
  const opening = openSharedState({ ...config, redisUrl: 'redis://' }, options);
  await expect(opening).rejects.toMatchObject({ name: 'StoreError', code: 'invalid_options' });
});
