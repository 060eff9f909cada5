/** Sessions whose clients stop answering or are gone: no slot or stream stays behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@outrider/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestService, type TestStream, block, open, openStream, prefill, serveToy } from './service.fixture.js';

let service: TestService;
afterEach(() => service.close());
const serve = async (options?: Parameters<typeof serveToy>[0]): Promise<TestService> =>
  (service = await serveToy(options));

async function opened(sessionId: string): Promise<TestStream> {
  const stream = openStream(service);
  await stream.send(open(sessionId));
  expect(await stream.next()).toMatchObject({ type: 'opened' });
  return stream;
}

describe('a client that is silent', () => {
  it('loses its stream when it is its turn, and not while a block is drafted', async () => {
    await serve({ streamIdleMs: 150, stepMs: 40, contextLength: 200 });
    const stream = await opened('s');
    await stream.send(block(0, 0, [1], 8));
    const end = await stream.next();
    expect(end).toMatchObject({ type: 'block_end', end: { stopReason: 'max_tokens' } });
    expect(await stream.failure()).toMatchObject({ code: 'session_expired' });
    await expect.poll(() => service.replica.status()).toMatchObject({ slotsInUse: 0, queued: 0 });
  });

  it('is heard when it stops a block, even one that has ended', async () => {
    await serve({ streamIdleMs: 200 });
    const stream = await opened('s');
    for (let i = 0; i < 5; i++) {
      await sleep(80);
      await stream.send({ type: 'stop', round: 7 });
    }
    await stream.send(block(0, 0, [1], 1));
    expect(await stream.next()).toMatchObject({ type: 'block_end' });
  });
});

it('two hundred sessions abandoned at any moment leave nothing behind', async () => {
  await serve({ slots: 4, queueLength: 16, stepMs: 1 });
  const random = seededRandom(11);
  const pick = (count: number): number => Math.floor(random() * count);
  const abandon = async (i: number): Promise<void> => {
    const stream = openStream(service);
    const steps = [
      open(`s${i % 31}`, BigInt(i + 1)),
      prefill(0, [i % 16, 1]),
      block(0, 2, [3], 5),
      { type: 'stop' as const, round: 0 },
      block(1, 3, [5], 2),
    ];
    try {
      for (const step of steps.slice(0, pick(steps.length + 1))) {
        await stream.send(step);
        if (step.type !== 'stop' && pick(3) > 0) await stream.next();
      }
      if (pick(4) === 0) stream.end();
      else setTimeout(stream.cancel, pick(4));
      while (await stream.next());
    } catch {
      // Refused, taken over or cancelled.
    }
  };
  for (let start = 0; start < 200; start += 40) {
    await Promise.all(Array.from({ length: 40 }, (_, i) => abandon(start + i)));
  }
  await expect.poll(() => service.activeCalls(), { timeout: 5000 }).toBe(0);
  expect(service.replica.status()).toMatchObject({ slotsInUse: 0, queued: 0 });
  expect(service.replica.sessions.count()).toBe(0);
  expect(service.engine.info().slotsInUse).toBe(0);
});
