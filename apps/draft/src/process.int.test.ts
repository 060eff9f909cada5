/** The draft service as a process beside a Redis that comes and goes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { ensureDefaultPair } from '@outrider/models';
import { connect } from '@outrider/rpc';
import { openRedisState } from '@outrider/sessions';
import { startRedisServer } from '@outrider/testing/redis';
import { afterEach, expect, it } from 'vitest';
import { block, open, openStream, prefill } from './service.fixture.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface DraftProcess {
  readonly child: ChildProcess;
  readonly address: string;
  /** Messages of its log that speak of the shared state. */
  readonly logged: string[];
}

async function startProcess(environment: Record<string, string>): Promise<DraftProcess> {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...environment, OUTRIDER_DRAFT_KIND: 'ngram' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const logged: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    const { msg } = JSON.parse(line) as { msg: string };
    if (msg.includes('shared state')) logged.push(msg);
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { address } = JSON.parse(line) as { address: string };
  return { child, address, logged };
}

async function draftSomething(address: string, sessionId: string): Promise<void> {
  const connection = connect(address, 'the draft');
  try {
    const stream = openStream({ connection });
    const commands = [open(sessionId), prefill(0, [5, 6, 7, 5]), block(0, 4, [6], 1)];
    for (const command of commands) await stream.send(command);
    stream.end();
    await stream.next();
    await stream.next();
    expect(await stream.next()).toMatchObject({ type: 'block_end', tokens: [{ id: 7 }] });
  } finally {
    connection.close();
  }
}

it('registers, serves on without Redis, is back when that is, and withdraws at SIGTERM', async () => {
  const [{ target }, redis] = await Promise.all([ensureDefaultPair(), startRedisServer()]);
  cleanups.push(() => redis.stop());
  const state = await openRedisState({ url: redis.url, idleMs: 1000 });
  cleanups.push(() => state.close());
  const draft = await startProcess({
    OUTRIDER_MODEL_DIRECTORY: target.directory,
    OUTRIDER_REDIS_URL: redis.url,
    OUTRIDER_SLOTS: '2',
  });
  const registered = async () => {
    const records = await state.replicas.list('draft').catch(() => []);
    return records.map(({ address, fingerprint }) => ({ address, fingerprint }));
  };
  const own = { address: draft.address, fingerprint: target.manifest.fingerprint };
  await expect.poll(registered, { timeout: 5000 }).toEqual([own]);

  await redis.kill();
  await expect.poll(() => draft.logged, { timeout: 10_000 }).toEqual(['the shared state is gone']);
  await draftSomething(draft.address, 'without');

  await redis.restart();
  await expect.poll(registered, { timeout: 15_000 }).toEqual([own]);
  await redis.command('FLUSHALL');
  await expect.poll(registered, { timeout: 5000 }).toEqual([own]);
  await draftSomething(draft.address, 'with');
  expect(draft.logged).toEqual(['the shared state is gone', 'the shared state is back']);

  draft.child.kill('SIGTERM');
  expect(await once(draft.child, 'exit')).toEqual([0, null]);
  expect(await registered()).toEqual([]);
  expect(await redis.command('DBSIZE')).toBe('0');
});
