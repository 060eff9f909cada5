/** A target service as it is started, over a toy engine: how it is, what others learn of it, and how it ends. */
import { PREFIX_BLOCK_TOKENS, decodeReplicaStatus, prefixChain, wire } from '@outrider/contracts';
import { type Model, ensureDefaultPair } from '@outrider/models';
import { type ToyEngine, createToyEngine } from '@outrider/replica/toy';
import { type Connection, type StartedService, callUnary, connect, isServing } from '@outrider/rpc';
import { type SharedState, openRedisState } from '@outrider/sessions';
import { createLogger } from '@outrider/telemetry';
import { type RedisServer, startRedisServer } from '@outrider/testing/redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTargetConfig } from './config.js';
import { type TestStream, open, openStream, prefill } from './service.fixture.js';
import { startTarget } from './start.js';

let model: Model;
let redis: RedisServer;
let state: SharedState;
const cleanups: (() => unknown)[] = [];
beforeAll(async () => {
  ({ target: model } = await ensureDefaultPair());
  redis = await startRedisServer();
}, 600_000);
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.command('FLUSHALL');
  state = await openRedisState({ url: redis.url, idleMs: 1000 });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await state.close();
});

interface Target {
  readonly started: StartedService;
  readonly connection: Connection;
  readonly engine: ToyEngine;
}

async function start(environment: Record<string, string> = {}): Promise<Target> {
  const config = readTargetConfig(
    { OUTRIDER_MODEL_DIRECTORY: model.directory, OUTRIDER_SLOTS: '1', OUTRIDER_CACHE_TOKENS: '64', ...environment },
    [],
  );
  let engine: ToyEngine | undefined;
  const started = await startTarget(config, createLogger('target', 'silent'), async (options) => {
    const { slots, cacheTokens = 0, onCacheChange } = options;
    return (engine = createToyEngine({ slots, cacheTokens, onCacheChange, contextLength: 64 }));
  });
  const connection = connect(started.server.address, 'the target');
  cleanups.push(
    () => started.server.drain(0),
    () => connection.close(),
  );
  return { started, connection, engine: engine! };
}
const shared = () => start({ OUTRIDER_REDIS_URL: redis.url, OUTRIDER_ADVERTISED_ADDRESS: 'target-0:7002' });

async function statusOf({ connection }: Target) {
  const { replica } = await callUnary(connection, wire.TargetServiceService.getModel, {});
  return decodeReplicaStatus(replica, 'the target');
}

async function opened({ connection }: Target, sessionId: string): Promise<TestStream> {
  const stream = openStream({ connection });
  await stream.send(open(sessionId));
  expect(await stream.next()).toMatchObject({ type: 'opened' });
  return stream;
}

/** Brings a text into the replica's caches. */
async function remember(target: Target, tokens: readonly number[]): Promise<void> {
  const stream = await opened(target, `of-${tokens.length}`);
  await stream.send(prefill(0, tokens));
  await stream.next();
  stream.end();
  expect(await stream.next()).toBeUndefined();
}

const text = (length: number, first: number): number[] => Array.from({ length }, (_, i) => (first + i) % 16);

describe('a target', () => {
  it('tells how it is', async () => {
    const target = await start();
    const before = await statusOf(target);
    expect(before).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
      slots: 1,
      slotsInUse: 0,
      queued: 0,
      draining: false,
      cachedTokens: 0,
      cacheTokens: 64,
    });
    await remember(target, text(20, 0));
    await opened(target, 's');
    const waiting = openStream(target);
    await waiting.send(open('other'));
    await expect.poll(() => statusOf(target)).toEqual({ ...before, slotsInUse: 1, queued: 1, cachedTokens: 20 });
    expect((await statusOf(await start())).id).not.toBe(before.id);
  });

  it('drains: takes no sessions, says so, and ends with those that run', async () => {
    const target = await start();
    const running = await opened(target, 'running');
    const waiting = openStream(target);
    await waiting.send(open('waiting'));
    await expect.poll(() => statusOf(target)).toMatchObject({ queued: 1 });

    let ended = false;
    const drained = target.started.server.drain(10_000).then(() => (ended = true));
    expect(await waiting.failure()).toMatchObject({ code: 'unavailable', message: /stopping/ });
    expect(await statusOf(target)).toMatchObject({ draining: true, slotsInUse: 1, queued: 0 });
    expect(await isServing(target.connection)).toBe(false);
    const late = openStream(target);
    await late.send(open('late'));
    expect(await late.failure()).toMatchObject({ code: 'unavailable' });
    await running.send(prefill(0, [1]));
    expect(await running.next()).toMatchObject({ type: 'prefilled' });
    expect(ended).toBe(false);
    running.end();
    expect(await running.next()).toBeUndefined();
    await drained;
  });

  it('cuts off what is left after the grace time, and says why', async () => {
    const target = await start();
    const running = await opened(target, 'running');
    const drained = target.started.server.drain(100);
    expect(await running.failure()).toMatchObject({ code: 'unavailable', message: /stopping/ });
    await drained;
    expect(target.engine.info().slotsInUse).toBe(0);
  });
});

describe('a target with a shared state', () => {
  it('is found in the registry, by the address it goes by, until it stops', async () => {
    const target = await shared();
    const { fingerprint, tokenizerFingerprint } = model.manifest;
    const identity = { role: 'target', address: 'target-0:7002', fingerprint, tokenizerFingerprint };
    const status = await statusOf(target);
    await expect.poll(() => state.replicas.list('target')).toEqual([{ ...identity, status }]);

    const running = await opened(target, 's');
    const drained = target.started.server.drain(10_000);
    const draining = { ...status, draining: true, slotsInUse: 1 };
    await expect
      .poll(() => state.replicas.list('target'), { timeout: 5000 })
      .toEqual([{ ...identity, status: draining }]);
    running.end();
    await drained;
    expect(await state.replicas.list('target')).toEqual([]);
  });

  it('publishes what its caches hold, withdraws what is evicted, and all of it at its end', async () => {
    const target = await shared();
    const { id } = await statusOf(target);
    const found = async (tokens: readonly number[]) =>
      (await state.prefixes.find(model.manifest.fingerprint, [id], prefixChain(tokens)))[0];
    const [first, second] = [text(35, 0), text(48, 5)];
    await remember(target, first);
    await expect.poll(() => found(first)).toBe(2);
    expect(await found(second)).toBe(0);
    // 64 tokens are kept: the first text goes.
    await remember(target, second);
    await expect.poll(() => found(second)).toBe(second.length / PREFIX_BLOCK_TOKENS);
    await expect.poll(() => found(first)).toBe(0);

    await redis.command('FLUSHALL');
    await expect.poll(() => found(second), { timeout: 5000 }).toBe(3);
    expect(await state.replicas.list('target')).toMatchObject([{ status: { id, cachedTokens: 48 } }]);

    await target.started.server.drain(1000);
    expect(await found(second)).toBe(0);
    await expect.poll(() => redis.command('DBSIZE')).toBe('0');
  });

  it('starts, serves and stops while that hangs, and has told everything when it is back', async () => {
    redis.pause();
    const target = await shared();
    const tokens = text(35, 0);
    await remember(target, tokens);
    redis.resume();
    const { id } = await statusOf(target);
    await expect.poll(() => state.replicas.list('target').catch(() => []), { timeout: 10_000 }).toHaveLength(1);
    const found = async () => state.prefixes.find(model.manifest.fingerprint, [id], prefixChain(tokens));
    await expect.poll(found, { timeout: 10_000 }).toEqual([2]);

    redis.pause();
    try {
      await target.started.server.drain(0);
    } finally {
      redis.resume();
    }
  });
});
