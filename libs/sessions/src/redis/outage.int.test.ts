/** A Redis that dies, hangs, fails over, or is asked wrongly. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedisCluster, startRedisSentinel, startRedisServer } from '@outrider/testing/redis';
import { afterEach, expect, it, vi } from 'vitest';
import { at } from '../conformance/state-under-test.fixture.js';
import type { SharedState } from '../shared-state.js';
import type { RedisStateOptions } from './options.js';
import { openRedisState } from './state.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  ends.push(() => started.stop());
  return started;
}

async function open(options: Pick<RedisStateOptions, 'url'> & Partial<RedisStateOptions>): Promise<SharedState> {
  const state = await openRedisState({ idleMs: 10_000, timeoutMs: 300, ...options });
  ends.push(() => state.close());
  return state;
}

const unavailable = { name: 'StoreError', code: 'unavailable' };
const claim = (state: SharedState) => state.sessions.claim(crypto.randomUUID(), 1000);

it.each([
  ['dies', (server: RedisServer) => server.kill(), (server: RedisServer) => server.restart()],
  ['hangs', async (server: RedisServer) => server.pause(), async (server: RedisServer) => server.resume()],
] as const)('a server that %s is left alone after a while, and used again when it is back', async (_, fail, mend) => {
  const server = await start(startRedisServer());
  const changes: [boolean, string | undefined][] = [];
  const onAvailability = (available: boolean, error?: Error): void => void changes.push([available, error?.name]);
  const state = await open({ url: server.url, onAvailability });
  const before = (await claim(state))!.lease;
  expect(state.available()).toBe(true);

  await fail(server);
  // Calls at the same time, as of many generations.
  await Promise.all(Array.from({ length: 200 }, () => expect(claim(state)).rejects.toMatchObject(unavailable)));
  expect(state.available()).toBe(false);
  await expect(claim(state)).rejects.toMatchObject({ ...unavailable, message: expect.stringMatching(/left alone/) });
  expect(changes).toEqual([[false, 'StoreError']]);

  await mend(server);
  await vi.waitFor(() => expect(state.available()).toBe(true), { timeout: 10_000 });
  const { lease } = (await claim(state))!;
  expect(lease.fence).toBeGreaterThan(before.fence);
  expect(changes).toEqual([
    [false, 'StoreError'],
    [true, undefined],
  ]);
});

it('a connection that is cut costs nothing but a moment', async () => {
  const server = await start(startRedisServer());
  const onAvailability = vi.fn();
  const state = await open({ url: server.url, timeoutMs: 2000, onAvailability });
  await claim(state);
  for (let i = 0; i < 10; i++) {
    const claims = Array.from({ length: 20 }, () => claim(state));
    await server.command('client', 'kill', 'type', 'normal', 'skipme', 'yes');
    expect((await Promise.all(claims)).every((claimed) => claimed !== undefined)).toBe(true);
  }
  expect(onAvailability).not.toHaveBeenCalled();
});

it('a server that is there later than its users is waited for', async () => {
  const server = await start(startRedisServer());
  await server.kill();
  const state = await open({ url: server.url, timeoutMs: 5000 });
  const claiming = claim(state);
  await sleep(100);
  await server.restart();
  expect(await claiming).toBeDefined();
});

it('wrong credentials are told as Redis tells them', async () => {
  const config = ['requirepass secret', 'user writer on >pw ~outrider:* +@all'];
  const server = await start(startRedisServer({ config, cliArgs: ['-a', 'secret', '--no-auth-warning'] }));
  for (const password of ['wrong', undefined]) {
    const state = await open({ url: server.url, password });
    await expect(claim(state)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(password === undefined ? /NOAUTH/ : /WRONGPASS/),
    });
  }
  const { port } = server;
  const allowed = await open({ url: `redis://writer:pw@127.0.0.1:${port}` });
  expect(await claim(allowed)).toBeDefined();
  const elsewhere = await open({
    url: `redis://127.0.0.1:${port}`,
    username: 'writer',
    password: 'pw',
    keyPrefix: 'x',
  });
  await expect(claim(elsewhere)).rejects.toMatchObject({ code: 'refused', message: expect.stringMatching(/NOPERM/) });
  // It answers: that is no reason to leave it alone.
  expect(elsewhere.available()).toBe(true);
});

it('databases are apart', async () => {
  const server = await start(startRedisServer());
  const [first, second] = await Promise.all([open({ url: server.url }), open({ url: `${server.url}/3` })]);
  await first.warmStarts.keep('k', 1);
  expect(await second.warmStarts.find('k')).toBeUndefined();
});

it('scripts that a server has forgotten are given to it again', async () => {
  const server = await start(startRedisServer());
  const state = await open({ url: server.url });
  for (let i = 0; i < 3; i++) {
    expect(await claim(state)).toBeDefined();
    await server.command('script', 'flush');
  }
});

it('a session outlives a fail-over of its Redis, found through a Sentinel', async () => {
  const { url, servers, failOver } = await start(startRedisSentinel());
  const state = await open({ url, timeoutMs: 2000 });
  const { lease } = (await state.sessions.claim('s', 60_000))!;
  await state.sessions.release(lease, at(5));
  // Replication is not waited for, so that what was written last may be lost: here it is not.
  await vi.waitFor(async () => {
    expect(await servers[1].command('hget', 'outrider:{s:s}:session', 'caches')).toContain('"length":5');
  });
  await failOver();
  await servers[0].kill();
  const next = await vi.waitFor(async () => (await state.sessions.claim('s', 60_000))!, { timeout: 15_000 });
  expect(next.caches).toEqual(at(5));
  expect(next.lease.fence).toBeGreaterThan(lease.fence);
});

it('a node of a cluster that is gone takes its own sessions along, and no other', async () => {
  const { url, nodes } = await start(startRedisCluster());
  for (const node of nodes) await node.command('config', 'set', 'cluster-require-full-coverage', 'no');
  const state = await open({ url });
  const ids = Array.from({ length: 12 }, (_, i) => `s${i}`);
  for (const id of ids) await state.sessions.claim(id, 60_000);
  await nodes[1]?.kill();
  const served: string[] = [];
  for (const id of ids) {
    // One at a time, with patience: those that are lost may open the circuit for a moment.
    await vi.waitFor(() => expect(state.available()).toBe(true), { timeout: 10_000 });
    if ((await state.journal.read(id).catch(() => null)) !== null) served.push(id);
  }
  expect(served.length).toBeGreaterThan(0);
  expect(served.length).toBeLessThan(ids.length);
});

it('refuses options that make no sense', async () => {
  const url = 'redis://127.0.0.1:1';
  for (const options of [
    { url: 'nonsense' },
    { url, keyPrefix: 'a{b}' },
    { url, caFile: 'ca.pem' },
    { url: 'rediss://127.0.0.1:1', certFile: 'cert.pem' },
    { url: 'rediss://127.0.0.1:1', caFile: 'there/is/no/such/file.pem' },
  ]) {
    await expect(openRedisState({ idleMs: 1, ...options })).rejects.toMatchObject({ code: 'invalid_options' });
  }
});

it('calls of a state that was closed are rejected', async () => {
  const server = await start(startRedisServer());
  const state = await open({ url: server.url });
  await claim(state);
  await state.close();
  await expect(claim(state)).rejects.toMatchObject(unavailable);
});
