/** Holding sessions, and what becomes of generations that have to wait, are taken over, or are not read. */
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type GenerateCommand, OutriderError, encodeGenerateRequest, wire } from '@outrider/contracts';
import { callUnary } from '@outrider/rpc';
import { type SharedState, StoreError } from '@outrider/sessions';
import { describe, expect, it } from 'vitest';
import { type TestStack, failure, generate, request, stream } from './stack.fixture.js';
import { atEnd, drafts, memory, orchestrate, targets } from './stacks.fixture.js';
import { sayAfter } from './toy-cache.fixture.js';
import { type ToyBehaviour, recite, serveToyTarget } from './toy-replica.fixture.js';

const said = sayAfter('Hi', 40);

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const event of events) expect(event).toBeDefined();
}

/** Blocks of a target from `round` on wait for `open`. */
function gate(round: number): { readonly onBlock: NonNullable<ToyBehaviour['onBlock']>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { onBlock: (at) => (at >= round ? opened : undefined), open };
}

const close = ({ connection }: TestStack, sessionId: string) =>
  callUnary(connection, wire.GenerationServiceService.closeSession, { sessionId });

describe('a session that another generation holds', () => {
  it('is refused in words, or forked when asked', async () => {
    const { onBlock, open } = gate(3);
    const stack = await orchestrate(await targets({ onBlock }), await drafts({}));
    const first = stream(stack, request({ sessionId: 's' }));
    await first.next();
    const refused = await failure(generate(stack, request({ sessionId: 's' })));
    expect(refused).toMatchObject({ code: 'session_busy' });
    expect(refused.message).toContain('fork');
    const beside = generate(stack, request({ sessionId: 's', fork: true }));
    open();
    const { started, text } = await beside;
    expect(started.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(text).toBe(said);
    await drain(first);
    // Both go on, each under its own name; a session that is free is not forked.
    for (const sessionId of ['s', started.sessionId]) {
      expect((await generate(stack, request({ sessionId, fork: true }))).started.sessionId).toBe(sessionId);
    }
  });

  it('is free before its client reads that it is over', async () => {
    const stack = await orchestrate(await targets({}), await drafts({}));
    for (let i = 0; i < 20; i++) {
      const events = stream(stack, request({ sessionId: 's', maxTokens: 3 }));
      for await (const event of events) if (event.type === 'finished') break;
    }
  });

  it('ends with stale_fence when it is closed meanwhile', async () => {
    const { onBlock, open } = gate(2);
    const stack = await orchestrate(await targets({ onBlock }), await drafts({}), { leaseMs: 300 });
    const events = stream(stack, request({ sessionId: 's' }));
    await events.next();
    expect(await close(stack, 's')).toEqual({});
    expect(await failure(drain(events))).toMatchObject({ code: 'stale_fence' });
    open();
    await expect.poll(() => stack.activeCalls()).toBe(0);
    expect((await generate(stack, request({ sessionId: 's' }))).finished.usage.cachedTokens).toBe(1);
  });

  it('is held beyond its lease by renewing it', async () => {
    const { onBlock, open } = gate(2);
    const stack = await orchestrate(await targets({ onBlock }), [], { leaseMs: 300 });
    const events = stream(stack, request({ sessionId: 's' }));
    await events.next();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await failure(generate(stack, request({ sessionId: 's' })))).toMatchObject({ code: 'session_busy' });
    open();
    await drain(events);
  });
});

describe('a store that is away', () => {
  /** A store that can be switched off. */
  function failing(): { readonly shared: SharedState; away: boolean } {
    const shared = memory();
    const state = { shared, away: false };
    const guard = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (target, key) => {
          const method: unknown = Reflect.get(target, key);
          if (typeof method !== 'function') return method;
          return (...args: unknown[]): unknown =>
            state.away
              ? Promise.reject(new StoreError('unavailable', 'switched off'))
              : Reflect.apply(method, target, args);
        },
      });
    const { journal, prefixes, replicas, sessions, warmStarts } = shared;
    const guarded = {
      journal: guard(journal),
      prefixes: guard(prefixes),
      replicas: guard(replicas),
      sessions: guard(sessions),
      warmStarts: guard(warmStarts),
    };
    return Object.assign(state, { shared: { ...shared, ...guarded } });
  }

  it('costs reuse, and two lines in the log', async () => {
    const state = failing();
    const { onBlock, open } = gate(3);
    const stack = await orchestrate(await targets({ onBlock }), await drafts({}), {
      shared: state.shared,
      leaseMs: 300,
    });
    const first = stream(stack, request({ sessionId: 's' }));
    await first.next();
    state.away = true;
    const second = stream(stack, request({ sessionId: 't' }));
    await second.next();
    // Held here, whether the store knows it or not.
    for (const sessionId of ['s', 't']) {
      expect(await failure(generate(stack, request({ sessionId })))).toMatchObject({ code: 'session_busy' });
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
    open();
    await drain(first);
    await drain(second);
    expect((await generate(stack, request({ sessionId: 't' }))).text).toBe(said);
    expect(await close(stack, 't')).toEqual({});
    state.away = false;
    // The lease that could not be given back lapses.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await generate(stack, request({ sessionId: 's' }))).text).toBe(said);
    expect(stack.lines.filter((line) => line.includes('shared state'))).toEqual([
      'the shared state is gone: sessions go on without what it knows',
      'the shared state is back',
    ]);
  });

  it('that lets a lease lapse while it is away takes nothing from who runs', async () => {
    const state = failing();
    const { onBlock, open } = gate(3);
    const stack = await orchestrate(await targets({ onBlock }), [], { shared: state.shared, leaseMs: 300 });
    const events = stream(stack, request({ sessionId: 's' }));
    await events.next();
    state.away = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
    state.away = false;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await failure(generate(stack, request({ sessionId: 's' })))).toMatchObject({ code: 'session_busy' });
    open();
    await drain(events);
  });
});

it('a running generation is written down behind its rounds, whole', async () => {
  const shared = memory();
  const stack = await orchestrate(await targets({}), await drafts({}), { shared });
  const { started, tokens, rounds } = await generate(stack, request({ sessionId: 's' }));
  expect(await shared.journal.read('s')).toEqual({
    prompt: [...Buffer.from('Hi')],
    seed: started.seed,
    tokens: tokens.map(({ id }) => id),
    rounds: rounds.length,
  });
});

describe('a policy that asks for nothing at first', () => {
  /** What pace exports after drafting has lost: it asks for no draft until it tries again. */
  async function learned(): Promise<{ key: string; state: unknown; shared: SharedState }> {
    const shared = memory();
    const kept: [string, unknown][] = [];
    const { keep } = shared.warmStarts;
    const spying = { ...shared.warmStarts, keep: async (key: string, state: unknown) => void kept.push([key, state]) };
    const [slow, target] = [
      await drafts({ onBlock: () => new Promise((done) => setTimeout(done, 30)) }),
      await targets({}),
    ];
    const stack = await orchestrate(target, slow, { shared: { ...shared, warmStarts: spying } });
    for (let i = 0; i < 3; i++) await generate(stack, request({ policy: { kind: 'pace', options: {} } }));
    const [key, state] = kept.at(-1) ?? ['', undefined];
    await keep(key, state);
    return { key, state, shared };
  }

  it('opens no draft until it asks, and then hands it all that is committed', async () => {
    const { shared } = await learned();
    const helpers = await drafts({});
    const stack = await orchestrate(await targets({}), helpers, { shared });
    const pace = { kind: 'pace', options: {} } as const;
    const short = await generate(stack, request({ policy: pace, maxTokens: 2 }));
    expect(short.started).toMatchObject({ draftReplica: '', draftModel: 'toy' });
    expect(helpers[0]!.opened()).toBe(0);
    let asked = false;
    for (let i = 0; i < 8 && !asked; i++) {
      const { finished, text } = await generate(stack, request({ policy: pace, maxTokens: 190, sessionId: 's' }));
      expect(text).toBe(sayAfter('Hi', 190));
      expect(finished.speculation.draftLost).toBe(false);
      asked = finished.speculation.accepted > 0;
    }
    expect(asked).toBe(true);
  });
});

describe('admission', () => {
  it('runs so many at a time, lets so many wait, and refuses the next with a delay', async () => {
    const { onBlock, open } = gate(1);
    const stack = await orchestrate(await targets({ onBlock }), [], { generations: { slots: 1, queueLength: 1 } });
    const first = stream(stack, request());
    await first.next();
    const second = generate(stack, request());
    await expect.poll(() => stack.orchestrator.admission.waiting()).toBe(1);
    const refused = await failure(generate(stack, request()));
    expect(refused.code).toBe('resource_exhausted');
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    open();
    await drain(first);
    expect((await second).text).toBe(said);
  });

  it('lets go of who stops waiting', async () => {
    const { onBlock, open } = gate(1);
    const stack = await orchestrate(await targets({ onBlock }), [], { generations: { slots: 1, queueLength: 1 } });
    const first = stream(stack, request());
    await first.next();
    const late = generate(stack, request(), { deadline: new Date(Date.now() + 200) });
    expect(await failure(late)).toMatchObject({ code: 'deadline_exceeded' });
    await expect.poll(() => stack.orchestrator.admission.waiting()).toBe(0);
    open();
    await drain(first);
    await expect.poll(() => stack.orchestrator.admission.inside()).toBe(0);
  });
});

/** A call over plain HTTP/2, since grpc-js reads ahead of whoever uses it. */
function unread({ connection }: TestStack, command: GenerateCommand): ClientHttp2Session {
  const { path, requestSerialize } = wire.GenerationServiceService.generate;
  const message = Buffer.from(requestSerialize(encodeGenerateRequest(command)));
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  const session = connectHttp2(`http://${connection.address}`);
  session.on('error', () => undefined);
  const call = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.on('error', () => undefined);
  call.end(Buffer.concat([header, message]));
  return session;
}

describe('a client that does not read', () => {
  it('has few rounds made for it, delays nobody, and is ended with all it holds', async () => {
    let rounds = 0;
    const reciting = await serveToyTarget({ model: { contextLength: 20_000 }, onBlock: () => void rounds++ });
    atEnd(() => reciting.kill());
    const stack = await orchestrate([reciting], [], { readerIdleMs: 700 });
    const command = request({ sessionId: 's', maxTokens: 19_000, policy: { kind: 'off' } });
    const call = unread(stack, command);
    await expect.poll(() => rounds).toBeGreaterThan(0);
    // It goes on until the connection's window is full, and then no further.
    let before = -1;
    await expect
      .poll(() => [before, (before = rounds)].every((count) => count === rounds), { interval: 150, timeout: 5000 })
      .toBe(true);
    expect(rounds).toBeLessThan(10_000);
    expect(stack.activeCalls()).toBe(1);
    await expect.poll(() => stack.activeCalls(), { timeout: 5000 }).toBe(0);
    expect((await generate(stack, request({ sessionId: 's' }))).text).toBe(recite(2, 40));
    call.destroy();
  });

  it('loses its session where the replica gives it up, and hears so', async () => {
    const expired = new OutriderError('session_expired', 'nothing was heard for long');
    const stack = await orchestrate(
      await targets({
        onBlock: (round) => {
          if (round === 2) throw expired;
        },
      }),
      [],
    );
    const error = await failure(generate(stack, request()));
    expect(error).toMatchObject({ code: 'session_expired' });
    expect(error.message).toContain('nothing was heard');
  });
});
