import { execFileSync } from 'node:child_process';
import { ensureDefaultPair } from '@outrider/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAIN } from './cli.fixture.js';

/** Runs the command on a pseudo-terminal (util-linux `script`), with what it writes to it as the result. */
function onTerminal(args: string, env: NodeJS.ProcessEnv): string {
  const command = `${process.execPath} ${MAIN} ${args}`;
  return execFileSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm-256color', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const ARGS = 'generate --max-tokens 40';
const COLOURS = { accepted: '\u001b[32m', recovered: '\u001b[33m', bonus: '\u001b[36m' };

beforeAll(async () => {
  await ensureDefaultPair();
}, 600_000);

describe.runIf(process.platform === 'linux')('on a terminal', () => {
  it('shows in colour where tokens come from, with a legend', () => {
    const screen = onTerminal(ARGS, { NO_COLOR: '' });
    for (const [source, colour] of Object.entries(COLOURS)) {
      expect(screen).toContain(`${colour}${source} `);
      expect(screen.split(colour).length).toBeGreaterThan(2);
    }
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('writes no escape code with %j', (env) => {
    const screen = onTerminal(ARGS, env);
    expect(screen).not.toContain('\u001b');
    expect(screen).toContain('acceptance rate');
  });
});
