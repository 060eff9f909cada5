import { setTimeout as sleep } from 'node:timers/promises';
import { type DraftCommand, wire } from '@outrider/contracts';
import { toyIdentity, toyNext } from '@outrider/replica/toy';
import { callUnary, isServing } from '@outrider/rpc';
import type { DraftKind } from '@outrider/speculation';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestService, block, open, openStream, prefill, serveToy } from './service.fixture.js';

let service: TestService;
afterEach(() => service.close());
const serve = async (options?: Parameters<typeof serveToy>[0]): Promise<TestService> =>
  (service = await serveToy(options));
const slotsInUse = (): number => service.engine.info().slotsInUse;

describe('the draft protocol', () => {
  it('opens, prefills, drafts and rolls back', async () => {
    await serve();
    const stream = openStream(service);
    await stream.send(open());
    expect(await stream.next()).toEqual({ type: 'opened', cachedLength: 0, queueMs: 0 });
    await stream.send(prefill(0, [1, 2]));
    expect(await stream.next()).toEqual({ type: 'prefilled', prefilled: { kvLength: 2, computeMs: 0 } });

    await stream.send(block(0, 2, [3]));
    const first = toyNext([1, 2, 3]);
    const second = toyNext([1, 2, 3, first]);
    const third = toyNext([1, 2, 3, first, second]);
    expect(await stream.next()).toMatchObject({
      type: 'block_end',
      round: 0,
      tokens: [{ id: first }, { id: second }, { id: third }],
      end: { stopReason: 'max_tokens', kvLength: 5 },
    });

    await stream.send(block(1, 4, [9], 1));
    expect(await stream.next()).toMatchObject({
      type: 'block_end',
      round: 1,
      tokens: [{ id: toyNext([1, 2, 3, first, 9]) }],
      end: { kvLength: 5 },
    });
    stream.end();
    expect(await stream.next()).toBeUndefined();
    await expect.poll(slotsInUse).toBe(0);
  });

  it('answers everything a client sends at once and then ends, as command line tools do', async () => {
    await serve();
    const stream = openStream(service);
    for (const command of [open(), prefill(0, [1]), block(0, 1, [2], 1), block(1, 2, [3], 1)])
      await stream.send(command);
    stream.end();
    const types: (string | undefined)[] = [];
    for (let event = await stream.next(); event; event = await stream.next()) types.push(event.type);
    expect(types).toEqual(['opened', 'prefilled', 'block_end', 'block_end']);
  });

  it('ends a block early on a stop for its round, and ignores stops for others', async () => {
    await serve({ stepMs: 20, contextLength: 200 });
    const stream = openStream(service);
    await stream.send(open());
    await stream.next();
    await stream.send({ type: 'stop', round: 9 });
    await stream.send(block(0, 0, [1], 64));
    await stream.send({ type: 'stop', round: 7 });
    await sleep(100);
    await stream.send({ type: 'stop', round: 0 });
    const end = await stream.next();
    expect(end).toMatchObject({ type: 'block_end', round: 0, end: { stopReason: 'cancelled' } });
    const drafted = end?.type === 'block_end' ? end.tokens.length : 0;
    expect(drafted).toBeGreaterThan(0);
    expect(drafted).toBeLessThan(64);

    await stream.send(block(1, 1, [2], 2));
    expect(await stream.next()).toMatchObject({ round: 1, tokens: [{}, {}] });
  });

  it('tells who it is, and that it serves', async () => {
    await serve({ slots: 3 });
    const { model } = await callUnary(service.connection, wire.DraftServiceService.getModel, {});
    expect(model).toMatchObject({ ...toyIdentity, vocabularySize: 16, slots: 3 });
    expect(await isServing(service.connection, 'outrider.v1.DraftService')).toBe(true);
  });
});

describe('what to draft with', () => {
  const openWith = (draftKind: DraftKind): DraftCommand => {
    const command = open();
    return command.type === 'open' ? { type: 'open', open: { ...command.open, draftKind } } : command;
  };

  it('is told, chosen by the session, and by default the first of all', async () => {
    await serve({ kinds: ['hybrid', 'neural', 'ngram'] });
    const { kinds } = await callUnary(service.connection, wire.DraftServiceService.getModel, {});
    expect(kinds.map((kind) => wire.DraftKind[kind])).toEqual([
      'DRAFT_KIND_HYBRID',
      'DRAFT_KIND_NEURAL',
      'DRAFT_KIND_NGRAM',
    ]);
    for (const command of [open(), openWith('ngram')]) {
      const stream = openStream(service);
      await stream.send(command);
      await stream.next();
      stream.end();
      await stream.next();
    }
    expect(service.engine.kinds()).toEqual(['hybrid', 'ngram']);
  });

  it('is refused when it cannot be had, and no slot is taken', async () => {
    await serve({ kinds: ['ngram'] });
    const stream = openStream(service);
    await stream.send(openWith('neural'));
    expect(await stream.failure()).toMatchObject({
      code: 'draft_kind_unavailable',
      field: 'open.draft_kind',
      message: expect.stringContaining('neural drafts are not to be had here, only ngram'),
    });
    expect(service.engine.kinds()).toEqual([]);
  });
});

describe('bad input', () => {
  const raw = (message: wire.DraftRequest['message']): wire.DraftRequest => ({ message });

  it.each<[string, wire.DraftRequest]>([
    ['message', raw(undefined)],
    ['open', raw({ $case: 'stop', value: { round: 1 } })],
    ['open.session_id', raw({ $case: 'open', value: wire.OpenSession.fromPartial({ sampling: {} }) })],
    [
      'open.sampling.temperature',
      raw({ $case: 'open', value: wire.OpenSession.fromPartial({ sessionId: 's', sampling: { temperature: NaN } }) }),
    ],
  ])('as a first message is refused naming %s', async (field, message) => {
    await serve();
    const stream = openStream(service);
    await stream.sendRaw(message);
    expect(await stream.failure()).toMatchObject({ code: 'invalid_argument', field });
    expect(slotsInUse()).toBe(0);
  });

  it.each<[string, wire.DraftRequest['message']]>([
    ['open', { $case: 'open', value: wire.OpenSession.fromPartial({ sessionId: 's', sampling: {} }) }],
    ['prefill.tokens[1]', { $case: 'prefill', value: { keepLength: 0, tokens: [1, 16] } }],
    ['prefill.keep_length', { $case: 'prefill', value: { keepLength: 1, tokens: [1] } }],
    [
      'block.keep_length',
      {
        $case: 'block',
        value: wire.DraftBlockRequest.fromPartial({ keepLength: 1, tokens: [1], limits: { maxTokens: 1 } }),
      },
    ],
    [
      'block.limits.max_tokens',
      { $case: 'block', value: wire.DraftBlockRequest.fromPartial({ tokens: [1], limits: {} }) },
    ],
  ])('in a session is refused naming %s, and frees the slot', async (field, message) => {
    await serve();
    const stream = openStream(service);
    await stream.send(open());
    await stream.next();
    await stream.sendRaw({ message });
    expect(await stream.failure()).toMatchObject({ code: 'invalid_argument', field });
    await expect.poll(slotsInUse).toBe(0);
  });

  it('that does not fit the context is refused', async () => {
    await serve({ contextLength: 4 });
    const stream = openStream(service);
    await stream.send(open());
    await stream.send(prefill(0, [1, 2, 3, 4, 5]));
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
    await newer.send(prefill(0, [1]));
    expect(await newer.next()).toMatchObject({ type: 'prefilled' });
  });

  it.each(['cancel', 'deadline'])('stop within one step on %s and free their slot', async (how) => {
    await serve({ stepMs: 30, contextLength: 200 });
    const deadline = how === 'deadline' ? new Date(Date.now() + 300) : undefined;
    const stream = openStream(service, { deadline });
    await stream.send(open());
    await stream.next();
    await stream.send(block(0, 0, [1], 64));
    await sleep(100);
    if (how === 'cancel') stream.cancel();
    expect(await stream.failure()).toMatchObject({ code: how === 'cancel' ? 'cancelled' : 'deadline_exceeded' });
    await expect.poll(slotsInUse).toBe(0);
    const steps = service.engine.steps();
    expect(steps).toBeLessThan(30);
    await sleep(100);
    expect(service.engine.steps()).toBe(steps);
  });

  it('that run finish while the service drains', async () => {
    await serve({ stepMs: 10 });
    const stream = openStream(service);
    await stream.send(open());
    await stream.next();
    const draining = service.drain(5000);
    await stream.send(block(0, 0, [1], 8));
    expect(await stream.next()).toMatchObject({ type: 'block_end' });
    stream.end();
    await draining;
    expect(slotsInUse()).toBe(0);
  });
});
