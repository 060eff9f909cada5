import { ensureDefaultPair } from '@outrider/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { anyAlive, descendants, runCli, startCli, type CliRun } from './cli.fixture.js';
import type { JsonReport } from './generation/json-report.js';

async function up(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const run = startCli(['up', ...args], env);
  await run.until((stdout) => stdout.includes('outrider is up'));
  const address = /--address (\S+)/.exec(run.stdout())?.[1] ?? '';
  const services = descendants(run.child.pid ?? 0);
  const pidOf = (name: string): number =>
    descendants(run.child.pid ?? 0).find(({ command }) => command.includes(`/${name}/`))?.pid ?? 0;
  return { run, address, services, pidOf };
}

async function generate(address: string, ...args: string[]): Promise<JsonReport> {
  const { stdout, stderr } = await runCli(['generate', '--address', address, '--json', ...args]);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as JsonReport;
}

async function end(run: CliRun): Promise<number | null> {
  run.child.kill('SIGINT');
  return run.exited;
}

beforeAll(async () => {
  await ensureDefaultPair();
}, 600_000);

describe('up', () => {
  it('tells where each service is, serves, and ends all of them on Ctrl-C', async () => {
    const { run, address, services } = await up(['--policy', 'static:2']);
    for (const name of ['draft', 'target', 'orchestrator']) {
      expect(run.stdout()).toMatch(new RegExp(`^${name} +ready at 127\\.0\\.0\\.1:\\d+ after`, 'm'));
    }
    const report = await generate(address, '--max-tokens', '16');
    expect(report.speculation.policy).toBe('static:2');
    expect(await end(run)).toBe(130);
    expect(anyAlive(services)).toBe(false);
  });

  it('drafts without a draft model when asked to, with the same text', async () => {
    const { run, address } = await up(['--draft-kind', 'ngram']);
    const prompt = 'Monday, Tuesday, Wednesday. Monday, Tuesday, Wednesday. Monday,';
    const args = ['--raw', '--prompt', prompt, '--max-tokens', '48'];
    const drafted = await generate(address, ...args);
    expect(drafted.draft_kind).toBe('ngram');
    expect(drafted.speculation).toMatchObject({ draft_lost: false, draft_passes: 0 });
    expect(Object.keys(drafted.speculation.sources)).toEqual(['ngram']);
    expect(drafted.speculation.accepted).toBeGreaterThan(5);
    expect((await generate(address, ...args, '--policy', 'off')).text).toBe(drafted.text);

    const refused = await runCli(['generate', '--address', address, '--draft-kind', 'hybrid', '--json']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain("option '--draft-kind <kind>': ");
    expect(refused.stderr).toContain('no hybrid drafts, only ngram');
    expect(await end(run)).toBe(130);
  });

  it('lets a running generation finish on Ctrl-C', async () => {
    const { run, address, services } = await up([], { OUTRIDER_GRACE_MS: '60000' });
    const client = startCli(['generate', '--address', address, '--max-tokens', '100']);
    await client.until((stdout) => stdout.length > 10);
    expect(await end(run)).toBe(130);
    expect(anyAlive(services)).toBe(false);
    expect(await client.exited).toBe(0);
    expect(client.stderr()).toContain('100 tokens (length limit)');
  });

  it('cuts a running generation short when Ctrl-C is pressed twice', async () => {
    const { run, address, services } = await up();
    const client = startCli(['generate', '--address', address, '--max-tokens', '2000', '--raw', '--prompt', 'Once']);
    await client.until((stdout) => stdout.length > 10);
    run.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(await end(run)).toBe(130);
    expect(anyAlive(services)).toBe(false);
    expect(await client.exited).toBe(1);
    expect(client.stderr()).toMatch(/^outrider: [^\n]+$/m);
  });

  it('listens where it is told, and says when it cannot', async () => {
    const { run, address } = await up();
    const second = await runCli(['up', '--address', address]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^outrider: orchestrator exited with code 1: [^\n]*$/m);
    expect(await end(run)).toBe(130);
    const again = await up(['--address', address]);
    expect(again.address).toBe(address);
    expect(await end(again.run)).toBe(130);
  });

  it.each(['target', 'orchestrator'])('ends with a clear line when the %s dies', async (name) => {
    const { run, services, pidOf } = await up();
    process.kill(pidOf(name), 'SIGKILL');
    expect(await run.exited).toBe(1);
    expect(run.stderr()).toContain(`outrider: ${name} was killed by SIGKILL\n`);
    expect(anyAlive(services)).toBe(false);
  });

  it('goes on with the same text when the draft dies, and starts it again', async () => {
    const { run, address, pidOf } = await up();
    const args = ['--raw', '--prompt', 'Once upon a time', '--max-tokens', '200'];
    const undisturbed = await generate(address, ...args);

    const streaming = startCli(['generate', '--address', address, ...args]);
    await streaming.until((stdout) => stdout.length > 40);
    const killed = pidOf('draft');
    process.kill(killed, 'SIGKILL');
    expect(await streaming.exited).toBe(0);
    expect(streaming.stdout()).toBe(`${undisturbed.text}\n`.replace(/\n\n$/, '\n'));
    expect(streaming.stderr()).toContain('the draft service was lost');

    await run.until((stdout) => (stdout.match(/^draft +ready/gm)?.length ?? 0) === 2);
    expect(run.stderr()).toContain('draft: was killed by SIGKILL; starting it again');
    expect(pidOf('draft')).not.toBe(killed);
    const drafted = async (): Promise<number> => (await generate(address, ...args)).speculation.drafted;
    await expect.poll(drafted, { timeout: 30_000 }).toBeGreaterThan(0);
    expect(await end(run)).toBe(130);
  });
});
