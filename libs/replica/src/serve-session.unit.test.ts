import { OutriderError } from '@outrider/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SessionCall, serveSession } from './serve-session.js';
import { createToyReplica } from './toy/index.js';

type ToyReplica = ReturnType<typeof createToyReplica>;

interface TestCall {
  readonly call: SessionCall;
  /** `waiting` until it is served, then how it ended. */
  state: 'waiting' | 'serving' | 'done' | OutriderError;
  queueMs: number | undefined;
  /** The client ends the stream. */
  finish(): void;
  cancel(): void;
  readonly over: Promise<void>;
}

function openCall(replica: ToyReplica, sessionId: string, fence: bigint): TestCall {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (reason: OutriderError): void => controller.abort(reason);
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const cut = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as OutriderError), { once: true });
  });
  cut.catch(() => undefined);
  const call = { signal, deadline: undefined, stop };
  const request = { sessionId, fence, tokenizerFingerprint: undefined };
  const over = serveSession(replica, request, call, async ({ queueMs }) => {
    own.state = 'serving';
    own.queueMs = queueMs;
    await Promise.race([finished, cut]);
  }).then(
    () => void (own.state = 'done'),
    (error: unknown) => void (own.state = OutriderError.from(error)),
  );
  const cancel = (): void => stop(new OutriderError('cancelled', 'gone'));
  const own: TestCall = { call, state: 'waiting', queueMs: undefined, finish, cancel, over };
  return own;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const counts = ({ admission, engine, sessions }: ToyReplica) => ({
  engine: engine.info().slotsInUse,
  inside: admission.inside(),
  waiting: admission.waiting(),
  sessions: sessions.count(),
});
const nothing = { engine: 0, inside: 0, waiting: 0, sessions: 0 };

describe('a session', () => {
  it('that is taken over hands its slot on, past those who wait', async () => {
    const replica = createToyReplica({ slots: 1 });
    const first = openCall(replica, 's', 5n);
    await settle();
    const other = openCall(replica, 'other', 1n);
    const second = openCall(replica, 's', 6n);
    const third = openCall(replica, 's', 7n);
    await settle();
    expect(first.state).toMatchObject({ code: 'stale_fence' });
    expect(second.state).toMatchObject({ code: 'stale_fence' });
    expect([third.state, third.queueMs, other.state]).toEqual(['serving', 0, 'waiting']);
    expect(counts(replica)).toEqual({ engine: 1, inside: 1, waiting: 1, sessions: 2 });
    third.finish();
    await third.over;
    await settle();
    expect(other.state).toBe('serving');
    other.finish();
    await other.over;
    expect(counts(replica)).toEqual(nothing);
  });

  it('that is taken over has left the engine before the next one enters it', async () => {
    const replica = createToyReplica();
    const { engine } = replica;
    const { open, close } = engine;
    const events: string[] = [];
    engine.open = (request) => (events.push(`open ${request.fence}`), open(request));
    engine.close = async (key) => {
      await settle();
      events.push(`close ${key.fence}`);
      await close(key);
    };
    openCall(replica, 's', 5n);
    await settle();
    const newer = openCall(replica, 's', 6n);
    newer.finish();
    await newer.over;
    expect([newer.state, events]).toEqual(['done', ['open 5', 'close 5', 'open 6', 'close 6']]);
  });

  it('that is given up in the moment in which it is given a slot does not enter the engine', async () => {
    const replica = createToyReplica({ slots: 1 });
    const place = await replica.admission.enter();
    const waiting = openCall(replica, 's', 1n);
    await settle();
    place.release();
    waiting.cancel();
    await waiting.over;
    expect(waiting.state).toMatchObject({ code: 'cancelled' });
    expect([replica.engine.kinds(), counts(replica)]).toEqual([[], nothing]);
  });

  it('that waits is taken over by one that waits in its turn', async () => {
    const replica = createToyReplica({ slots: 1, queueLength: 1 });
    const holder = openCall(replica, 'holder', 1n);
    const waiting = openCall(replica, 's', 5n);
    await settle();
    const newer = openCall(replica, 's', 6n);
    await settle();
    expect(waiting.state).toMatchObject({ code: 'stale_fence' });
    expect(newer.state).toBe('waiting');
    holder.finish();
    await holder.over;
    await settle();
    expect(newer.state).toBe('serving');
    newer.cancel();
    await newer.over;
    expect(counts(replica)).toEqual(nothing);
  });

  it('is refused under an older fence or the same, without a trace, whatever is free', async () => {
    const replica = createToyReplica({ slots: 3 });
    const holder = openCall(replica, 's', 5n);
    await settle();
    const older = openCall(replica, 's', 4n);
    const equal = openCall(replica, 's', 5n);
    await settle();
    expect([older.state, equal.state]).toMatchObject([{ code: 'stale_fence' }, { code: 'session_busy' }]);
    expect([holder.state, counts(replica)]).toEqual(['serving', { engine: 1, inside: 1, waiting: 0, sessions: 1 }]);
    holder.finish();
    await holder.over;
  });

  it('that the engine refuses leaves its slot', async () => {
    const replica = createToyReplica({ slots: 1 });
    replica.engine.open = () => Promise.reject(new Error('no'));
    const refused = openCall(replica, 's', 1n);
    await refused.over;
    expect(refused.state).toMatchObject({ code: 'internal' });
    expect(counts(replica)).toEqual(nothing);
  });

  it('is not taken while the replica drains, and those that wait are sent away', async () => {
    const replica = createToyReplica({ slots: 1 });
    const running = openCall(replica, 'a', 1n);
    const waiting = openCall(replica, 'b', 1n);
    await settle();
    let none = false;
    replica.drain();
    void replica.sessions.whenNone().then(() => (none = true));
    const late = openCall(replica, 'c', 1n);
    const takeover = openCall(replica, 'a', 2n);
    await settle();
    for (const { state } of [waiting, late, takeover]) expect(state).toMatchObject({ code: 'unavailable' });
    expect([running.state, none, replica.status().draining]).toEqual(['serving', false, true]);
    running.finish();
    await running.over;
    expect(none).toBe(true);
  });
});

it('never has two streams in the engine, nor more than there are slots, and leaves nothing behind', async () => {
  const step = fc.record({
    do: fc.constantFrom('open', 'open', 'open', 'finish', 'cancel', 'settle'),
    session: fc.constantFrom('a', 'b', 'c', 'd'),
    fence: fc.bigInt({ min: 1n, max: 6n }),
    which: fc.nat(30),
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.nat(3), fc.array(step), async (slots, queueLength, steps) => {
      const replica = createToyReplica({ slots, queueLength });
      const calls: TestCall[] = [];
      const serving = (): TestCall[] => calls.filter(({ state }) => state === 'serving');
      for (const { do: action, session, fence, which } of steps) {
        const one = calls[which % calls.length];
        if (action === 'open') calls.push(openCall(replica, session, fence));
        else if (action === 'finish') one?.finish();
        else if (action === 'cancel') one?.cancel();
        else await settle();
        expect(replica.engine.info().slotsInUse).toBeLessThanOrEqual(replica.admission.inside());
        expect(replica.admission.inside()).toBeLessThanOrEqual(slots);
        expect(serving().length).toBeLessThanOrEqual(slots);
      }
      await settle();
      // Whoever may be served is: a slot is free only when nobody waits.
      if (replica.admission.inside() < slots) expect(replica.admission.waiting()).toBe(0);
      for (const call of calls) call.finish();
      await Promise.all(calls.map(({ over }) => over));
      expect(counts(replica)).toEqual(nothing);
      const codes = calls.flatMap(({ state }) => (state instanceof OutriderError ? [state.code] : []));
      const known = ['cancelled', 'stale_fence', 'session_busy', 'resource_exhausted'];
      for (const code of codes) expect(known).toContain(code);
    }),
  );
});
