/** Sessions that wait, expire, are taken over or abandoned: no slot, stream or place in the queue stays behind. */
import { type AddressInfo, type Socket, connect as dial, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeReplicaStatus, wire } from '@outrider/contracts';
import { callUnary, connect } from '@outrider/rpc';
import { seededRandom } from '@outrider/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestService, type TestStream, block, open, openStream, prefill, serveToy } from './service.fixture.js';

let service: TestService;
afterEach(() => service.close());
const serve = async (options?: Parameters<typeof serveToy>[0]): Promise<TestService> =>
  (service = await serveToy(options));

const status = async () => {
  const { replica } = await callUnary(service.connection, wire.TargetServiceService.getModel, {});
  return decodeReplicaStatus(replica, 'the target');
};
const empty = { slotsInUse: 0, queued: 0 };

async function opened(sessionId: string, fence = 1n): Promise<TestStream> {
  const stream = openStream(service);
  await stream.send(open(sessionId, fence));
  expect(await stream.next()).toMatchObject({ type: 'opened' });
  return stream;
}

async function queued(sessionId: string, place: number, limits = {}): Promise<TestStream> {
  const stream = openStream(service, limits);
  await stream.send(open(sessionId));
  await expect.poll(() => service.replica.admission.waiting()).toBe(place);
  return stream;
}

/** A way to a server that can be cut: both ends lose their connections at once. */
async function cuttableLine(address: string): Promise<{ readonly address: string; cut(): void; close(): void }> {
  const ends = new Set<Socket>();
  const [host = '', port = ''] = address.split(':');
  const server = createServer((near) => {
    const far = dial(Number(port), host);
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      ends.add(from);
      from.on('error', () => undefined).once('close', () => (ends.delete(from), to.destroy()));
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => ends.forEach((end) => end.destroy());
  const close = (): void => (server.close(), cut());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, cut, close };
}

describe('sessions for which there is no slot', () => {
  it('wait and are served in the order of their coming, and learn how long it took', async () => {
    await serve({ slots: 1, queueLength: 3 });
    let holder = await opened('first');
    const names = ['a', 'b', 'c'];
    const streams: TestStream[] = [];
    for (const [i, name] of names.entries()) streams.push(await queued(name, i + 1));
    expect(await status()).toMatchObject({ slots: 1, slotsInUse: 1, queued: 3, draining: false });
    const order: string[] = [];
    const answers = streams.map(async (stream, i) => {
      const answer = await stream.next();
      order.push(names[i]!);
      return answer;
    });
    await sleep(30);
    for (const [i, stream] of streams.entries()) {
      holder.end();
      const answer = await answers[i];
      expect(answer?.type === 'opened' && answer.queueMs).toBeGreaterThan(25);
      holder = stream;
      expect(order).toEqual(names.slice(0, i + 1));
    }
    holder.end();
    await expect.poll(status).toMatchObject(empty);
  });

  it('are refused with a delay when too many wait already', async () => {
    await serve({ slots: 1, queueLength: 1 });
    await opened('holder');
    await queued('a', 1);
    const stream = openStream(service);
    await stream.send(open('b'));
    const failure = await stream.failure();
    expect(failure).toMatchObject({ code: 'resource_exhausted', message: /1 wait/ });
    expect(failure.retryAfterMs).toBeGreaterThan(0);
  });

  it.each(['cancel', 'deadline'])('leave on %s', async (how) => {
    await serve({ slots: 1, queueLength: 2 });
    const holder = await opened('holder');
    const deadline = how === 'deadline' ? new Date(Date.now() + 150) : undefined;
    const leaving = await queued('a', 1, { deadline });
    const staying = await queued('b', 2);
    if (how === 'cancel') leaving.cancel();
    expect(await leaving.failure()).toMatchObject({ code: how === 'cancel' ? 'cancelled' : 'deadline_exceeded' });
    await expect.poll(() => service.replica.admission.waiting()).toBe(1);
    holder.end();
    expect(await staying.next()).toMatchObject({ type: 'opened' });
    expect(service.replica.sessions.count()).toBe(1);
  });

  it('wait however long it takes: that is not their silence', async () => {
    await serve({ slots: 1, streamIdleMs: 100, stepMs: 400 });
    const holder = await opened('holder');
    const waiting = await queued('a', 1);
    await holder.send(prefill(0, [1]));
    expect(await holder.next()).toMatchObject({ type: 'prefilled' });
    holder.end();
    expect(await waiting.next()).toMatchObject({ type: 'opened' });
  });
});

describe('a newer fence', () => {
  it('takes the slot of its own session, past those who wait and in the middle of a pass', async () => {
    await serve({ slots: 1, stepMs: 100 });
    const holder = await opened('s', 1n);
    const waiting = await queued('other', 1);
    await holder.send(block(0, 0, [1]));
    await sleep(20);
    const newer = await opened('s', 2n);
    expect(await holder.failure()).toMatchObject({ code: 'stale_fence' });
    await newer.send(block(0, 0, [1]));
    expect(await newer.next()).toMatchObject({ type: 'scored' });
    newer.end();
    expect(await waiting.next()).toMatchObject({ type: 'opened' });
    waiting.end();
    await expect.poll(status).toMatchObject(empty);
  });
});

describe('a client that does not take its turn', () => {
  it.each(['before it opens a session', 'in a session'])('loses its stream when silent %s', async (when) => {
    await serve({ slots: 1, streamIdleMs: 150, cacheTokens: 64 });
    const stream = when === 'in a session' ? await opened('s') : openStream(service);
    if (when === 'in a session') {
      await stream.send(prefill(0, [1, 2, 3]));
      await stream.next();
      expect((await status()).cachedTokens).toBe(0);
    }
    expect(await stream.failure()).toMatchObject({ code: 'session_expired' });
    await expect.poll(status).toMatchObject({ ...empty, cachedTokens: when === 'in a session' ? 3 : 0 });
  });

  it('keeps its stream for as long as it takes its turns', async () => {
    await serve({ streamIdleMs: 200 });
    const stream = await opened('s');
    for (let round = 0; round < 5; round++) {
      await sleep(80);
      await stream.send(block(round, 0, [1]));
      expect(await stream.next()).toMatchObject({ type: 'scored', round });
    }
  });

  it('is held back when it does not read, holds back nobody else, and loses its slot', async () => {
    await serve({ slots: 2, contextLength: 256, streamIdleMs: 400 });
    const deaf = await opened('deaf');
    const large = block(
      0,
      0,
      [1],
      Array.from({ length: 60 }, (_, i) => i % 16),
    );
    let sent = 0;
    const talking = (async () => {
      for (; sent < 10_000; sent++) await deaf.send(large);
    })().catch((error: unknown) => error);

    const other = await opened('other');
    for (let round = 0; round < 20; round++) {
      await other.send(block(round, 0, [1]));
      expect(await other.next()).toMatchObject({ round });
      await sleep(10);
    }
    await expect.poll(() => service.engine.info().slotsInUse, { timeout: 5000 }).toBeLessThan(2);
    expect(service.engine.steps()).toBeLessThan(1000);
    expect(await talking).toMatchObject({ name: 'OutriderError' });
    expect(sent).toBeLessThan(5000);
    other.end();
    await expect.poll(status).toMatchObject(empty);
    await expect.poll(() => service.activeCalls(), { timeout: 5000 }).toBe(0);
  });
});

describe('a thousand sessions', () => {
  it('abandoned at any moment leave nothing behind', async () => {
    await serve({ slots: 4, queueLength: 16, stepMs: 1, cacheTokens: 256 });
    const random = seededRandom(7);
    const pick = (count: number): number => Math.floor(random() * count);
    const lines = await Promise.all(Array.from({ length: 4 }, () => cuttableLine(service.address)));
    const connections = lines.map(({ address }) => connect(address, 'the target'));

    const abandon = async (i: number): Promise<string> => {
      const stream = openStream({ ...service, connection: connections[i % 4]! });
      const steps = [
        open(`s${i % 97}`, BigInt(i + 1)),
        prefill(0, [i % 16, 1, 2]),
        block(0, 3, [3], [4]),
        block(1, 4, [5]),
      ];
      let reached = 'nothing';
      try {
        for (const step of steps.slice(0, pick(steps.length + 1))) {
          await stream.send(step);
          if (pick(3) === 0) break;
          reached = (await stream.next())?.type ?? reached;
        }
        // Those that say goodbye are few.
        if (pick(4) === 0) stream.end();
        else setTimeout(stream.cancel, pick(4));
        await stream.next();
      } catch {
        // Refused, taken over or cancelled.
      }
      return reached;
    };
    const reached = new Map<string, number>();
    for (let start = 0; start < 1000; start += 50) {
      const some = Array.from({ length: 50 }, (_, i) => abandon(start + i));
      // A client that vanishes with all its streams.
      if (start % 100 === 50) setTimeout(lines[pick(4)]!.cut, pick(10));
      for (const what of await Promise.all(some)) reached.set(what, (reached.get(what) ?? 0) + 1);
    }
    for (const connection of connections) connection.close();
    for (const line of lines) line.close();
    // It was no idle exercise: sessions got to every point.
    expect([...reached.keys()].sort()).toEqual(['nothing', 'opened', 'prefilled', 'scored']);
    await expect.poll(() => service.activeCalls(), { timeout: 5000 }).toBe(0);
    expect(service.engine.info().slotsInUse).toBe(0);
    expect(service.replica.sessions.count()).toBe(0);
    expect(await status()).toMatchObject(empty);
    const next = await opened('after');
    await next.send(block(0, 0, [1]));
    expect(await next.next()).toMatchObject({ type: 'scored' });
  });
});
