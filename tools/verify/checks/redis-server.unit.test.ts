import { expect, it } from 'vitest';
import { checkRedisServer } from './redis-server.mjs';

it('says how to get a server that is missing', () => {
  expect(checkRedisServer({ PATH: '' })).toEqual([expect.stringMatching(/^redis-server is not installed: apt-get /)]);
});
