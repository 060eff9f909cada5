import { expect, it } from 'vitest';
import { redisSettings } from './redis-settings.js';
import { readConfig } from './settings.js';

it('needs no Redis', () => {
  expect(readConfig(redisSettings, {})).toEqual({
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
  });
});

it.each([
  ['OUTRIDER_REDIS_KEY_PREFIX', 'a{b}'],
  ['OUTRIDER_REDIS_KEY_PREFIX', 'a b'],
  ['OUTRIDER_REDIS_TIMEOUT_MS', '0'],
  ['OUTRIDER_REDIS_CONNECT_TIMEOUT_MS', 'long'],
])('names %s when it is %s', (variable, value) => {
  expect(() => readConfig(redisSettings, { [variable]: value })).toThrow(new RegExp(`^${variable} `));
});
