import { spawnSync } from 'node:child_process';

/**
 * Tests start Redis servers of their own.
 *
 * @param {NodeJS.ProcessEnv} [env] where it is looked for
 * @returns {string[]} how to get redis-server and redis-cli, when one of them is missing
 */
export function checkRedisServer(env = process.env) {
  const found = ['redis-server', 'redis-cli'].every((tool) => spawnSync(tool, ['--version'], { env }).status === 0);
  return found ? [] : ['redis-server is not installed: apt-get install redis-server, or brew install redis'];
}
