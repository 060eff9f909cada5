import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { ensureDefaultPair } from '@outrider/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { anyAlive, descendants, MAIN, startCli, temporaryFolder } from './cli.fixture.js';

const LONG = ['generate', '--max-tokens', '2000', '--raw', '--prompt', 'Once upon a time'];

beforeAll(async () => {
  await ensureDefaultPair();
}, 600_000);

describe('generate, interrupted', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends on %s in the middle of the text and leaves nothing behind', async (signal, expected) => {
    const tmp = temporaryFolder();
    const run = startCli(LONG, { TMPDIR: tmp });
    await run.until((stdout) => stdout.length > 20);
    const services = descendants(run.child.pid ?? 0);
    expect(services).toHaveLength(3);
    run.child.kill(signal);
    expect(await run.exited).toBe(expected);
    expect(anyAlive(services)).toBe(false);
    expect(run.stderr()).toBe('outrider: interrupted\n');
    expect(readdirSync(tmp)).toEqual([]);
  });

  it.each([50, 150, 300, 600, 1_000, 1_500])('ends on Ctrl-C %i ms after its start', async (ms) => {
    const tmp = temporaryFolder();
    const run = startCli(LONG, { TMPDIR: tmp });
    await new Promise((resolve) => setTimeout(resolve, ms));
    const services = descendants(run.child.pid ?? 0);
    run.child.kill('SIGINT');
    const code = await run.exited;
    // Before node itself has run our first line, the signal ends it as it ends any process.
    if (ms >= 300) expect(code).toBe(130);
    expect(anyAlive(services)).toBe(false);
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('ends when npm, which runs it by way of a shell, is told to', async () => {
    const command = `true && "${process.execPath}" "${MAIN}" ${LONG.slice(0, -1).join(' ')} '${LONG.at(-1)}' && true`;
    const shell = spawn('sh', ['-c', command], { env: { ...process.env, npm_lifecycle_event: 'start' } });
    await once(shell.stdout, 'data');
    const processes = descendants(shell.pid ?? 0);
    expect(processes).toHaveLength(4);
    shell.kill('SIGTERM');
    await expect.poll(() => anyAlive(processes), { timeout: 10_000 }).toBe(false);
  });

  it('ends when nobody reads its output any more, as a success', async () => {
    const run = startCli(LONG);
    await run.until((stdout) => stdout.length > 20);
    const services = descendants(run.child.pid ?? 0);
    run.child.stdout?.destroy();
    expect(await run.exited).toBe(0);
    expect(anyAlive(services)).toBe(false);
    expect(run.stderr()).toBe('');
  });

  it('takes its services along when it is killed outright', async () => {
    const run = startCli(LONG);
    await run.until((stdout) => stdout.length > 20);
    const services = descendants(run.child.pid ?? 0);
    expect(services).toHaveLength(3);
    run.child.kill('SIGKILL');
    await run.exited;
    await expect.poll(() => anyAlive(services), { timeout: 10_000 }).toBe(false);
  });
});
