import { expect, it } from 'vitest';
import { checkTestTools } from './test-tools.mjs';

it('says how to get what is missing, a line each', () => {
  expect(checkTestTools({ PATH: '' })).toEqual([
    'redis-server or redis-cli is not installed: apt-get install redis-server, or brew install redis',
    'openssl is not installed: apt-get install openssl, or brew install openssl',
  ]);
});
