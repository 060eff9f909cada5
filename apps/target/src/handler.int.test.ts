import { setTimeout as sleep } from 'node:timers/promises';
import { wire } from '@outrider/contracts';
import { toyIdentity, toyNext } from '@outrider/replica/toy';
import { callUnary, isServing } from '@outrider/rpc';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestService, block, open, openStream, prefill, serveToy } from './service.fixture.js';

let service: TestService;
afterEach(() => service.close());
const serve = async (options?: Parameters<typeof serveToy>[0]): Promise<TestService> =>
  (service = await serveToy(options));
const slotsInUse = (): number => service.engine.info().slotsInUse;

describe('the verify protocol', () => {
  it('opens, prefills, scores, draws from a tail and rolls back', async () => {
    await serve();
    const stream = openStream(service);
    await stream.send(open());
    expect(await stream.next()).toEqual({ type: 'opened', cachedLength: 0, queueMs: 0 });
    await stream.send(prefill(0, [1, 2]));
    expect(await stream.next()).toEqual({ type: 'prefilled', prefilled: { kvLength: 2, computeMs: 0 } });

    await stream.send(block(0, 2, [3], [4, 5]));
    const position = (tokens: number[]) => ({ ids: [toyNext(tokens)], probabilities: [0.75], tailProbability: 0.25 });
    expect(await stream.next()).toEqual({
      type: 'scored',
      round: 0,
      scores: {
        positions: [position([1, 2, 3]), position([1, 2, 3, 4]), position([1, 2, 3, 4, 5])],
        kvLength: 5,
        queueMs: 0,
        computeMs: 0,
        batchSize: 1,
      },
    });

    const drawn: unknown[] = [];
    for (const index of [2, 2]) {
      await stream.send({ type: 'tail', round: 0, index });
      drawn.push(await stream.next());
    }
    expect(drawn[0]).toMatchObject({ type: 'tail_drawn', round: 0, index: 2 });
    expect(drawn[1]).toEqual(drawn[0]);

    await stream.send(block(1, 3, [7]));
    expect(await stream.next()).toMatchObject({
      round: 1,
      scores: { kvLength: 4, positions: [position([1, 2, 3, 7])] },
    });
    stream.end();
    expect(await stream.next()).toBeUndefined();
    await expect.poll(slotsInUse).toBe(0);
  });

  it('answers everything a client sends at once and then ends, as command line tools do', async () => {
    await serve();
    const stream = openStream(service);
    for (const command of [open(), prefill(0, [1]), block(0, 1, [2]), block(1, 2, [3], [4])])
      await stream.send(command);
    stream.end();
    const types: (string | undefined)[] = [];
    for (let event = await stream.next(); event; event = await stream.next()) types.push(event.type);
    expect(types).toEqual(['opened', 'prefilled', 'scored', 'scored']);
  });

  it('tells who it is, and that it serves', async () => {
    await serve({ slots: 3 });
    const { model } = await callUnary(service.connection, wire.TargetServiceService.getModel, {});
    expect(model).toMatchObject({ ...toyIdentity, vocabularySize: 16, slots: 3 });
    expect(await isServing(service.connection, 'outrider.v1.TargetService')).toBe(true);
  });
});

describe('bad input', () => {
  const badOpen = (sessionId: string, temperature = 0): wire.VerifyRequest => ({
    message: { $case: 'open', value: wire.OpenSession.fromPartial({ sessionId, sampling: { temperature } }) },
  });
  const badBlock = (keepLength: number, tokens: number[], draft: wire.DraftToVerify[] = []): wire.VerifyRequest => ({
    message: { $case: 'block', value: { round: 0, keepLength, tokens, draft, traceContext: undefined } },
  });
  const tail = (round: number, index: number): wire.VerifyRequest => ({
    message: { $case: 'tail', value: { round, index } },
  });

  it.each<[string, wire.VerifyRequest]>([
    ['message', { message: undefined }],
    ['open', tail(0, 0)],
    ['open.session_id', badOpen('')],
    ['open.sampling.temperature', badOpen('s', NaN)],
  ])('as a first message is refused naming %s', async (field, message) => {
    await serve();
    const stream = openStream(service);
    await stream.sendRaw(message);
    expect(await stream.failure()).toMatchObject({ code: 'invalid_argument', field });
    expect(slotsInUse()).toBe(0);
  });

  it.each<[string, wire.VerifyRequest]>([
    ['open', badOpen('s')],
    ['prefill.keep_length', { message: { $case: 'prefill', value: { keepLength: 1, tokens: [1] } } }],
    ['block.keep_length', badBlock(1, [1])],
    ['block.tokens', badBlock(0, [])],
    ['block.draft[0].token_id', badBlock(0, [1], [{ tokenId: 16, candidateIds: [] }])],
    ['block.draft[0].candidate_ids[1]', badBlock(0, [1], [{ tokenId: 1, candidateIds: [1, 1] }])],
    ['tail.round', tail(0, 0)],
  ])('in a session is refused naming %s, and frees the slot', async (field, message) => {
    await serve();
    const stream = openStream(service);
    await stream.send(open());
    await stream.next();
    await stream.sendRaw(message);
    expect(await stream.failure()).toMatchObject({ code: 'invalid_argument', field });
    await expect.poll(slotsInUse).toBe(0);
  });

  it.each([
    ['tail.round', 1, 0],
    ['tail.index', 0, 2],
  ])('about a tail is refused naming %s', async (field, round, index) => {
    await serve();
    const stream = openStream(service);
    await stream.send(open());
    await stream.send(block(0, 0, [1], [2]));
    await stream.sendRaw(tail(round, index));
    expect(await stream.failure()).toMatchObject({ code: 'invalid_argument', field });
  });

  it('that does not fit the context is refused', async () => {
    await serve({ contextLength: 4 });
    const stream = openStream(service);
    await stream.send(open());
    await stream.send(block(0, 0, [1, 2, 3], [4, 5]));
    expect(await stream.failure()).toMatchObject({ code: 'context_full' });
  });
});

describe('sessions', () => {
  it('are refused with a delay when every slot and place to wait is taken, and welcome when one is free', async () => {
    await serve({ slots: 1, queueLength: 0 });
    const first = openStream(service);
    await first.send(open('a'));
    await first.next();
    const second = openStream(service);
    await second.send(open('b'));
    expect(await second.failure()).toMatchObject({ code: 'resource_exhausted', retryAfterMs: 1000 });
    first.end();
    await first.next();
    const third = openStream(service);
    await third.send(open('b'));
    expect(await third.next()).toMatchObject({ type: 'opened' });
  });

  it('with another tokenizer are refused', async () => {
    await serve();
    const stream = openStream(service);
    const command = open();
    if (command.type !== 'open') throw new Error('not an open');
    await stream.send({ type: 'open', open: { ...command.open, tokenizerFingerprint: 'c'.repeat(64) } });
    expect(await stream.failure()).toMatchObject({ code: 'fingerprint_mismatch', field: 'open.tokenizer_fingerprint' });
    expect(slotsInUse()).toBe(0);
  });

  it('go to the newest fence: older and equal ones are refused, a newer one takes over', async () => {
    await serve();
    const holder = openStream(service);
    await holder.send(open('s', 5n));
    await holder.next();
    const older = openStream(service);
    await older.send(open('s', 4n));
    expect(await older.failure()).toMatchObject({ code: 'stale_fence' });
    const equal = openStream(service);
    await equal.send(open('s', 5n));
    expect(await equal.failure()).toMatchObject({ code: 'session_busy' });

    const newer = openStream(service);
    await newer.send(open('s', 6n));
    expect(await newer.next()).toMatchObject({ type: 'opened' });
    expect(await holder.failure()).toMatchObject({ code: 'stale_fence' });
    await newer.send(block(0, 0, [1]));
    expect(await newer.next()).toMatchObject({ type: 'scored' });
  });

  it.each(['cancel', 'deadline'])('stop on %s and free their slot', async (how) => {
    await serve({ stepMs: 200 });
    const deadline = how === 'deadline' ? new Date(Date.now() + 100) : undefined;
    const stream = openStream(service, { deadline });
    await stream.send(open());
    await stream.next();
    await stream.send(block(0, 0, [1]));
    await sleep(50);
    if (how === 'cancel') stream.cancel();
    expect(await stream.failure()).toMatchObject({ code: how === 'cancel' ? 'cancelled' : 'deadline_exceeded' });
    await expect.poll(slotsInUse).toBe(0);
    expect(service.engine.steps()).toBe(1);
  });

  it('that run finish while the service drains', async () => {
    await serve({ stepMs: 10 });
    const stream = openStream(service);
    await stream.send(open());
    await stream.next();
    const draining = service.drain(5000);
    await stream.send(block(0, 0, [1]));
    expect(await stream.next()).toMatchObject({ type: 'scored' });
    stream.end();
    await draining;
    expect(slotsInUse()).toBe(0);
  });
});
