/** Ctrl-C in the middle of a measurement, on the program as it is run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDefaultPair } from '@outrider/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-bench-test-'));
  await ensureDefaultPair();
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Processes that a process started and that run; by way of Linux's /proc. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.runIf(process.platform === 'linux')('a benchmark that is interrupted', () => {
  it.each([
    { name: 'policies', args: ['--max-tokens', '500'], services: 3 },
    { name: 'engine', args: ['engine', '--repeat', '1000'], services: 0 },
    { name: 'quality', args: ['quality'], services: 0 },
  ])('leaves no process and no file: $name', async ({ args, services }) => {
    const child = spawn(process.execPath, [program, ...args, '--output', join(folder, 'result.json')], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    const pid = child.pid ?? 0;
    await expect.poll(() => complaints, { timeout: 60_000 }).toMatch(/warming up|measuring|reading|scoring|import /);
    const started = await childrenOf(pid);
    expect(started).toHaveLength(services);
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    expect(complaints).toContain('bench: interrupted');
    expect(started.filter(isAlive)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes its services along when it is killed', async () => {
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    await expect.poll(() => complaints, { timeout: 60_000 }).toContain('warming up');
    const started = await childrenOf(child.pid ?? 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => started.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });

  it('says what is wrong with an option', async () => {
    const child = spawn(process.execPath, [program, '--policies', 'fast'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(complaints).toContain("'fast' is none of adaedl");
  });
});
