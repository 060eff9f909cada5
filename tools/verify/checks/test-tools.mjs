import { spawnSync } from 'node:child_process';

/** Programs that tests start: servers and certificates of their own. */
const tools = [
  { names: ['redis-server', 'redis-cli'], version: '--version', debian: 'redis-server', homebrew: 'redis' },
  { names: ['openssl'], version: 'version', debian: 'openssl', homebrew: 'openssl' },
];

/**
 * @param {NodeJS.ProcessEnv} [env] where they are looked for
 * @returns {string[]} a line for each that is missing, with how to get it
 */
export function checkTestTools(env = process.env) {
  return tools
    .filter(({ names, version }) => names.some((name) => spawnSync(name, [version], { env }).status !== 0))
    .map(({ names, debian, homebrew }) => {
      return `${names.join(' or ')} is not installed: apt-get install ${debian}, or brew install ${homebrew}`;
    });
}
