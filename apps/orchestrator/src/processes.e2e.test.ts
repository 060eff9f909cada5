/** How service processes start and end. The orchestrator stands for all three: they share what is tested here. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ensureDefaultPair } from '@outrider/models';
import { waitForServing } from '@outrider/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceName, killAll, programOf, startProcess } from './processes.fixture.js';

let modelDirectory: string;
beforeAll(async () => {
  modelDirectory = (await ensureDefaultPair()).target.directory;
}, 600_000);
afterAll(killAll);

const settings = (): Record<string, string> => ({
  OUTRIDER_MODEL_DIRECTORY: modelDirectory,
  OUTRIDER_TARGET_ADDRESS: '127.0.0.1:1',
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a service process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('serves, and leaves with code 0 on %s', async (signal) => {
    const { address, child, exited, logs } = await startProcess('orchestrator', settings());
    await waitForServing(address, AbortSignal.timeout(5000), 'outrider.v1.GenerationService');
    child.kill(signal);
    expect(await exited).toBe(0);
    expect(logs).toContainEqual(expect.objectContaining({ msg: 'stopping', reason: signal }));
  });

  it('leaves when its standard input ends, if it was told to', async () => {
    const { child, exited } = await startProcess('orchestrator', { ...settings(), OUTRIDER_STOP_ON_STDIN_END: 'true' });
    child.stdin?.end();
    expect(await exited).toBe(0);
  });

  it('leaves when the process that started it is killed', async () => {
    const script = `const { spawn } = require('node:child_process');
      const env = { ...process.env, OUTRIDER_PARENT_PID: String(process.pid) };
      const child = spawn(process.execPath, [${JSON.stringify(programOf('orchestrator'))}], { env, detached: true,
        stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.once('data', () => console.log(child.pid));`;
    const parent = spawn(process.execPath, ['-e', script], {
      env: { ...process.env, ...settings() },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  it.each<[ServiceName, Record<string, string>, RegExp]>([
    ['orchestrator', { OUTRIDER_TARGET_ADDRESS: '' }, /OUTRIDER_TARGET_ADDRESS.*is required/],
    ['orchestrator', { OUTRIDER_POLICY: 'sometimes' }, /OUTRIDER_POLICY.*sometimes/],
    ['orchestrator', { OUTRIDER_LEARNED_WEIGHTS: '/no/weights' }, /OUTRIDER_LEARNED_WEIGHTS.*no\/weights/],
    ['target', { OUTRIDER_SLOTS: 'none' }, /OUTRIDER_SLOTS.*whole number/],
    ['draft', { OUTRIDER_MODEL_DIRECTORY: '/no/such/model' }, /no\/such\/model/],
    ['draft', { OUTRIDER_LISTEN_ADDRESS: 'nowhere' }, /OUTRIDER_LISTEN_ADDRESS.*host:port/],
  ])('%s says what is wrong with %o and leaves with code 1', (name, wrong, message) => {
    const env = { ...process.env, ...settings(), ...wrong };
    const { status, stderr, stdout } = spawnSync(process.execPath, [programOf(name)], { env, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    const record = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
    expect(record.err.message).toMatch(message);
  });
});
