import { setTimeout as sleep } from 'node:timers/promises';
import { OutriderError, encodeModel, wire } from '@outrider/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { type Connection, callBidi, callServerStream, callUnary, connect } from './client.js';
import { isServing } from './health.js';
import { type RunningServer, startServer } from './server.js';
import type { Service } from './service.js';
import { draftMethods, draftService, generationMethods, generationService } from './toy-service.fixture.js';
import { opened, stop, textEvent, toyModel } from './toy-service.fixture.js';

/** 100 kB on the wire. */
const large = wire.DraftResponse.fromPartial({
  message: {
    $case: 'proposed',
    value: { tokens: [{ candidateIds: Array.from({ length: 33_000 }, (_, id) => 40_000 + id) }] },
  },
});

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(...services: Service[]): Promise<{ server: RunningServer; connection: Connection }> {
  const server = await startServer({ address: '127.0.0.1:0', services });
  const connection = connect(server.address, 'the toy');
  cleanups.push(
    () => server.drain(0),
    () => connection.close(),
  );
  return { server, connection };
}

async function failure(promise: Promise<unknown>): Promise<OutriderError> {
  const error = await promise.then(
    () => new Error('did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OutriderError)) throw error;
  return error;
}

describe('unary calls', () => {
  it('answer', async () => {
    const { connection } = await serve(draftService());
    const { model } = await callUnary(connection, draftMethods.getModel, {});
    expect(model).toEqual(encodeModel(toyModel));
  });

  it.each([
    new OutriderError('invalid_argument', 'sampling.top_p: is 2', { field: 'sampling.top_p' }),
    new OutriderError('resource_exhausted', 'every slot is taken', { retryAfterMs: 1250 }),
    new OutriderError('stale_fence', 'a newer lease exists'),
    new OutriderError('fingerprint_mismatch', 'another tokenizer: naïve ✓'),
    new OutriderError('bad_reply', 'the draft lied', { field: 'proposed' }),
  ])('hand over $code with its details', async (error) => {
    const { connection } = await serve(draftService({ getModel: () => Promise.reject(error) }));
    expect(await failure(callUnary(connection, draftMethods.getModel, {}))).toMatchObject({
      code: error.code,
      message: `the toy: ${error.message}`,
      field: error.field,
      retryAfterMs: error.retryAfterMs,
    });
  });

  it('tell the client of a bug nothing, and the operator everything', async () => {
    const failures: [string, string][] = [];
    const server = await startServer({
      address: '127.0.0.1:0',
      services: [draftService({ getModel: () => Promise.reject(new TypeError('secret is undefined')) })],
      onFailure: (path, error) => failures.push([path, error.message]),
    });
    const connection = connect(server.address, 'the toy');
    cleanups.push(
      () => server.drain(0),
      () => connection.close(),
    );
    const error = await failure(callUnary(connection, draftMethods.getModel, {}));
    expect(error).toMatchObject({ code: 'internal', message: 'the toy: internal error' });
    await expect.poll(() => failures).toEqual([['/outrider.v1.DraftService/GetModel', 'secret is undefined']]);
  });

  it('end with their deadline on both sides', async () => {
    let reason: unknown;
    const { server, connection } = await serve(
      draftService({
        getModel: (_, { signal, deadline }) =>
          new Promise((_resolve, reject) => {
            expect(deadline).toBeInstanceOf(Date);
            signal.addEventListener('abort', () => {
              reason = signal.reason;
              reject(new Error('stopped'));
            });
          }),
      }),
    );
    const deadline = new Date(Date.now() + 100);
    expect(await failure(callUnary(connection, draftMethods.getModel, {}, { deadline }))).toMatchObject({
      code: 'deadline_exceeded',
    });
    await expect.poll(() => server.activeCalls()).toBe(0);
    expect(reason).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('fail at once when nobody listens', async () => {
    const { server, connection } = await serve(draftService());
    await server.drain(0);
    expect(await failure(callUnary(connection, draftMethods.getModel, {}))).toMatchObject({ code: 'unavailable' });
  });
});

describe('bidirectional streams', () => {
  it('keep the order of a thousand messages sent at once, and end when both sides are done', async () => {
    const { server, connection } = await serve(draftService());
    const stream = callBidi(connection, draftMethods.draft);
    const rounds = Array.from({ length: 1000 }, (_, i) => i + 1);
    const sending = (async () => {
      for (const round of rounds) await stream.send(stop(round));
      stream.end();
    })();
    const answers: wire.DraftResponse[] = [];
    for (let answer = await stream.next(); answer; answer = await stream.next()) answers.push(answer);
    await sending;
    expect(answers).toEqual(rounds.map(opened));
    expect(await stream.next()).toBeUndefined();
    expect(await failure(stream.send(stop(1)))).toMatchObject({ code: 'unavailable' });
    await expect.poll(() => server.activeCalls()).toBe(0);
  });

  it('deliver what was said before the failure, then the failure, every time', async () => {
    const error = new OutriderError('invalid_argument', 'block.tokens: must not be empty', { field: 'block.tokens' });
    const { connection } = await serve(
      draftService({
        draft: async (stream) => {
          await stream.send(opened(1));
          await stream.send(opened(2));
          throw error;
        },
      }),
    );
    const stream = callBidi(connection, draftMethods.draft);
    expect(await stream.next()).toEqual(opened(1));
    expect(await stream.next()).toEqual(opened(2));
    expect(await failure(stream.next())).toMatchObject({ code: 'invalid_argument', field: 'block.tokens' });
    expect(await failure(stream.next())).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(stream.send(stop(1)))).toMatchObject({ code: 'invalid_argument' });
  });

  it.each(['cancel', 'signal', 'deadline'])('end the handler on %s', async (how) => {
    const ended: string[] = [];
    const { server, connection } = await serve(
      draftService({
        draft: async (stream, { signal }) => {
          await stream.send(opened(1));
          // A client that is gone may look like one that has said everything: only the signal tells.
          await stream.next().catch(() => undefined);
          if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          ended.push((signal.reason as OutriderError).code);
          expect(await failure(stream.send(opened(2)))).toBe(signal.reason);
          ended.push('send refused');
        },
      }),
    );
    const controller = new AbortController();
    const deadline = how === 'deadline' ? new Date(Date.now() + 200) : undefined;
    const stream = callBidi(connection, draftMethods.draft, { signal: controller.signal, deadline });
    await stream.next();
    const next = failure(stream.next());
    if (how === 'cancel') stream.cancel();
    if (how === 'signal') controller.abort();
    const code = how === 'deadline' ? 'deadline_exceeded' : 'cancelled';
    expect(await next).toMatchObject({ code });
    await expect.poll(() => ended).toEqual([code, 'send refused']);
    await expect.poll(() => server.activeCalls()).toBe(0);
  });

  it('end with what their handler stops them for, whoever waits for whom', async () => {
    const reason = new OutriderError('session_expired', 'nothing was heard');
    const { server, connection } = await serve(
      draftService({
        draft: async (stream, { stop: stopCall, signal }) => {
          setTimeout(() => stopCall(reason), 20);
          expect(await failure(stream.next())).toBe(reason);
          expect(signal.reason).toBe(reason);
          throw new Error('a consequence of it');
        },
      }),
    );
    const stream = callBidi(connection, draftMethods.draft);
    expect(await failure(stream.next())).toMatchObject({ code: 'session_expired' });
    await expect.poll(() => server.activeCalls()).toBe(0);
  });

  it.each(['stopped', 'past its deadline'])('are gone soon when %s, though the client reads nothing', async (how) => {
    let sent = 0;
    let unblocked: unknown;
    const { server, connection } = await serve(
      draftService({
        draft: async (stream, { stop: stopCall }) => {
          const reason = new OutriderError('session_expired', 'nothing was heard');
          if (how === 'stopped') setTimeout(() => stopCall(reason), 200);
          try {
            for (; ; sent++) await stream.send(large);
          } catch (error) {
            unblocked = error;
            throw error;
          }
        },
      }),
    );
    const deadline = how === 'stopped' ? undefined : new Date(Date.now() + 200);
    const client = callBidi(connection, draftMethods.draft, { deadline });
    expect(await client.next()).toEqual(large);
    const code = how === 'stopped' ? 'session_expired' : 'deadline_exceeded';
    await expect.poll(() => unblocked).toMatchObject({ code });
    // It was held back, so that what it holds for the client is not much.
    expect(sent).toBeLessThan(100);
    // Others were not, and the stream does not stay.
    expect(await isServing(connection)).toBe(true);
    await expect.poll(() => server.activeCalls(), { timeout: 5000 }).toBe(0);
  });

  it('go on over a connection that is closed', async () => {
    const { connection } = await serve(draftService());
    const stream = callBidi(connection, draftMethods.draft);
    await stream.send(stop(1));
    expect(await stream.next()).toEqual(opened(1));
    connection.close();
    await stream.send(stop(2));
    expect(await stream.next()).toEqual(opened(2));
    stream.end();
    expect(await stream.next()).toBeUndefined();
  });

  it('do not start for a signal that has aborted', async () => {
    const { connection } = await serve(draftService());
    const stream = callBidi(connection, draftMethods.draft, { signal: AbortSignal.abort() });
    expect(await failure(stream.next())).toMatchObject({ code: 'cancelled' });
  });

  it('refuse a message over the limit without ending the server', async () => {
    const { connection } = await serve(draftService());
    const prefill = { keepLength: 0, tokens: Array.from({ length: 1_100_000 }, () => 0xffffffff) };
    const stream = callBidi(connection, draftMethods.draft);
    void stream.send({ message: { $case: 'prefill', value: prefill } }).catch(() => undefined);
    expect(await failure(stream.next())).toMatchObject({ code: 'resource_exhausted' });
    expect((await callUnary(connection, draftMethods.getModel, {})).model).toEqual(encodeModel(toyModel));
  });
});

describe('server streams', () => {
  it('hold the handler back while the client does not read', async () => {
    let produced = 0;
    const { connection } = await serve(
      generationService(async function* () {
        for (; produced < 2000; produced++) yield textEvent(10_000);
      }),
    );
    const stream = callServerStream(connection, generationMethods.generate, wire.GenerateRequest.fromPartial({}));
    await stream.next();
    await sleep(300);
    const whileIdle = produced;
    expect(whileIdle).toBeLessThan(500);
    let received = 1;
    for await (const event of stream) received += event.event?.$case === 'tokens' ? 1 : 0;
    expect(received).toBe(2000);
  });

  it('end the handler when the consumer leaves, blocked in a send or not', async () => {
    let finished = 0;
    const { server, connection } = await serve(
      generationService(async function* () {
        try {
          for (;;) yield textEvent(100_000);
        } finally {
          finished++;
        }
      }),
    );
    for await (const event of callServerStream(
      connection,
      generationMethods.generate,
      wire.GenerateRequest.fromPartial({}),
    )) {
      expect(event.event?.$case).toBe('tokens');
      await sleep(50);
      break;
    }
    await expect.poll(() => server.activeCalls()).toBe(0);
    expect(finished).toBe(1);
  });
});
