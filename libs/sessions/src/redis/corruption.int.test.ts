/** Whatever somebody writes under the keys: values that make sense, or a StoreError; and it heals. */
import { type RedisServer, startRedisServer } from '@outrider/testing/redis';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, replicaRecord } from '../conformance/state-under-test.fixture.js';
import type { SharedState } from '../shared-state.js';
import type { Lease } from '../store.js';
import { redisStates } from './redis-state.fixture.js';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedisServer();
  redis = new Redis(server.url);
});
const states = redisStates(() => server.url);
afterAll(async () => {
  redis.disconnect();
  await states.close();
  await server.stop();
});

const holder = { replica: 'a', fingerprint: 'sha256:model' };
const chain = ['n0', 'n1', 'n2', 'n3'];
const journal = { prompt: [1, 2, 3, 49_151], seed: 12_345_678_901n };
const tokens = [5, 6, 7, 8, 9];
const ttlMs = 60_000;

/** Writes a little under every key. */
async function fill(state: SharedState): Promise<Lease> {
  const { lease } = (await state.sessions.claim('s', ttlMs))!;
  await state.sessions.release(lease, at(16));
  const second = (await state.sessions.claim('s', ttlMs))!.lease;
  await state.journal.begin(second, journal);
  await state.journal.append(second, { index: 0, tokens, rounds: 2 });
  for (const id of ['a', 'b']) await state.replicas.announce(replicaRecord('target', id), ttlMs);
  await state.prefixes.update(holder, { added: chain, removed: [] }, ttlMs);
  await state.warmStarts.keep('w', { lambda: 0.5 });
  return second;
}

const text = fc.oneof(
  fc.constantFrom('', '0', '-1', 'nan', 'inf', '-inf', '1e308', '9007199254740992', '9223372036854775808', '{}', '[]'),
  fc.constantFrom(
    'null',
    '"x"',
    '{"target":{"replica":"r","length":-1,"link":"l"}}',
    '{"target":[]}',
    '{"role":"target"}',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.json({ maxDepth: 2 }),
);
const damage = fc.record({
  key: fc.nat(),
  kind: fc.constantFrom('string', 'hash', 'list', 'set', 'zset', 'value', 'truncate', 'flip', 'persist', 'delete'),
  text,
  field: fc.oneof(fc.constantFrom('fence', 'until', 'claim', 'caches', 'a', 'b', 'n1'), text),
  at: fc.nat({ max: 200 }),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

async function apply(prefix: string, { key: which, kind, text, field, at }: Damage): Promise<void> {
  const keys = (await redis.keys(`${prefix}:*`)).sort();
  const key = keys[which % keys.length];
  if (key === undefined) return;
  const type = await redis.type(key);
  switch (kind) {
    case 'value':
      if (type === 'hash') await redis.hset(key, field, text);
      else if (type === 'zset') await redis.zadd(key, ['inf', '-inf', '0', '1e300'][at % 4] as string, field);
      else if (type === 'set') await redis.sadd(key, text);
      else if (type === 'string') await redis.setrange(key, at, text);
      return;
    case 'truncate':
    case 'flip': {
      if (type !== 'string') return;
      const bytes = (await redis.getBuffer(key)) ?? Buffer.alloc(0);
      if (kind === 'flip' && bytes.length > 0) {
        const index = at % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << (which % 8)), index);
      }
      await redis.set(key, kind === 'flip' ? bytes : bytes.subarray(0, at % (bytes.length + 1)));
      return;
    }
    case 'persist':
      await redis.persist(key);
      return;
    default:
      await redis.del(key);
      if (kind === 'string') await redis.set(key, text);
      if (kind === 'hash') await redis.hset(key, field, text);
      if (kind === 'list') await redis.rpush(key, text);
      if (kind === 'set') await redis.sadd(key, text);
      if (kind === 'zset') await redis.zadd(key, at, field);
  }
}

it('damaged keys never crash it, never give a journal that was not written, and are healed', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
      const prefix = `corrupt-${run++}`;
      const state = await states.open(prefix, ttlMs);
      const before = await fill(state);
      for (const each of damages) await apply(prefix, each);

      const read = await state.journal.read('s');
      if (read) expect(read).toEqual({ ...journal, tokens, rounds: 2 });
      for (const record of await state.replicas.list('target')) {
        expect(record).toEqual(replicaRecord('target', record.status.id));
      }
      const [held] = await state.prefixes.find(holder.fingerprint, [holder.replica], chain);
      expect(held).toBeLessThanOrEqual(chain.length);
      await state.warmStarts.find('w');
      await state.journal.append(before, { index: tokens.length, tokens: [10], rounds: 3 });
      await state.sessions.renew(before, ttlMs);

      // From here on it works as ever.
      await state.sessions.close('s');
      const claimed = (await state.sessions.claim('s', ttlMs))!;
      expect(claimed).toEqual({ lease: { sessionId: 's', fence: expect.any(BigInt) }, caches: {} });
      expect(claimed.lease.fence).toBeGreaterThan(before.fence);
      expect(await state.journal.begin(claimed.lease, journal)).toBe(true);
      expect(await state.journal.append(claimed.lease, { index: 0, tokens, rounds: 1 })).toBe(true);
      expect(await state.journal.read('s')).toEqual({ ...journal, tokens, rounds: 1 });
      await state.sessions.release(claimed.lease, at(5));
      expect(await state.sessions.claim('s', ttlMs)).toMatchObject({ caches: at(5) });
      for (const id of ['a', 'b']) await state.replicas.announce(replicaRecord('target', id), ttlMs);
      expect(await state.replicas.list('target')).toEqual(['a', 'b'].map((id) => replicaRecord('target', id)));
      await state.prefixes.update(holder, { added: chain, removed: [] }, ttlMs);
      expect(await state.prefixes.find(holder.fingerprint, [holder.replica], chain)).toEqual([4]);
      await state.warmStarts.keep('w', 1);
      expect(await state.warmStarts.find('w')).toBe(1);
      for (const key of await redis.keys(`${prefix}:*`)) {
        expect([key, await redis.pttl(key)]).toEqual([key, expect.any(Number)]);
        expect(await redis.pttl(key)).toBeGreaterThan(0);
      }
      await state.close();
    }),
    { numRuns: 150, seed: 6 },
  );
});

it('leaves no key behind that does not expire', async () => {
  const prefix = 'expiry';
  const state = await states.open(prefix, 200);
  for (let i = 0; i < 50; i++) {
    const { lease } = (await state.sessions.claim(`s${i}`, 300))!;
    await state.journal.begin(lease, journal);
    await state.journal.append(lease, { index: 0, tokens, rounds: 1 });
    if (i % 3 === 0) await state.sessions.release(lease, at(1));
    if (i % 3 === 1) await state.sessions.close(lease.sessionId);
    await state.replicas.announce(replicaRecord('draft', `r${i}`), 300);
    await state.prefixes.update({ replica: `r${i}`, fingerprint: 'f' }, { added: chain, removed: [] }, 300);
  }
  expect((await redis.keys(`${prefix}:*`)).length).toBeGreaterThan(100);
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(await redis.keys(`${prefix}:*`)).toEqual([]);
});
