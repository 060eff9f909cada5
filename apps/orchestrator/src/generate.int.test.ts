import { wire } from '@outrider/contracts';
import { callUnary } from '@outrider/rpc';
import { afterEach, describe, expect, it } from 'vitest';
import { generate as runGenerate } from './generate.js';
import { type StackOptions, type TestStack, failure, generate, request, startStack, stream } from './stack.fixture.js';
import { type ToyBehaviour, noSlots, recital, recite, serveToyDraft, serveToyTarget } from './toy-replica.fixture.js';
import { type ToyReplica, tailToken } from './toy-replica.fixture.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Running extends TestStack {
  readonly target: ToyReplica;
  readonly draft: ToyReplica;
}

async function start(
  behaviours: { target?: ToyBehaviour; draft?: ToyBehaviour } = {},
  options: Partial<StackOptions> = {},
): Promise<Running> {
  const target = await serveToyTarget(behaviours.target);
  const draft = await serveToyDraft(behaviours.draft);
  const stack = await startStack({ targetAddress: target.address, draftAddress: draft.address, ...options });
  cleanups.push(
    () => target.kill(),
    () => draft.kill(),
    () => stack.close(),
  );
  return { ...stack, target, draft };
}

const open = (running: Running): number => running.target.activeCalls() + running.draft.activeCalls();

describe('a generation', () => {
  it.each(['off', 'static', 'adaedl'] as const)('says what the target says under policy %s', async (kind) => {
    const running = await start();
    const policy = kind === 'adaedl' ? { kind, options: {} } : kind === 'static' ? { kind, draftTokens: 5 } : { kind };
    const { finished, rounds, started, text, tokens } = await generate(running, request({ policy }));
    expect(text).toBe(recite(2, 40));
    expect(started).toMatchObject({ promptTokens: 2, cachedTokens: 0, targetModel: 'toy' });
    expect(started.draftModel).toBe(kind === 'off' ? '' : 'toy');
    expect(tokens).toHaveLength(40);
    expect(finished).toMatchObject({
      reason: 'length',
      usage: { promptTokens: 2, completionTokens: 40, cachedTokens: 0 },
      speculation: { policy: kind === 'static' ? 'static:5' : kind, rounds: rounds.length, draftLost: false },
    });
    const sum = (key: 'drafted' | 'accepted'): number => rounds.reduce((total, round) => total + round[key], 0);
    const { drafted, accepted, acceptanceRate, meanAcceptanceLength, stopReasons } = finished.speculation;
    expect([drafted, accepted]).toEqual([sum('drafted'), sum('accepted')]);
    expect(tokens.filter(({ source }) => source === 'accepted')).toHaveLength(accepted);
    expect(meanAcceptanceLength).toBeCloseTo(40 / rounds.length, 12);
    if (kind === 'off') expect(stopReasons).toEqual({ off: 40 });
    else {
      expect(acceptanceRate).toBeCloseTo(accepted / drafted, 12);
      expect(accepted).toBeGreaterThan(20);
      expect(drafted).toBeGreaterThan(accepted);
    }
    expect(finished.timing.totalMs).toBeGreaterThanOrEqual(finished.timing.timeToFirstTokenMs);
    expect(open(running)).toBe(0);
  });

  it('never sends half a character, and says so of the last one', async () => {
    const running = await start();
    const position = recital.indexOf('🙂');
    for (let maxTokens = 1; maxTokens <= recital.length; maxTokens++) {
      const { finished, pieces, text } = await generate(running, request({ maxTokens }));
      const bytes = Buffer.from(Array.from({ length: maxTokens }, (_, i) => recital[(2 + i) % recital.length] ?? 0));
      expect(text).toBe(bytes.toString());
      expect(pieces.slice(0, -1).join('')).not.toContain('\ufffd');
      if (2 + maxTokens === position + 2) expect(finished.text).toBe('\ufffd');
    }
  });

  it('stops at an end token, which has no text', async () => {
    const running = await start({ target: { endsAt: 9 } });
    const { finished, text, tokens } = await generate(running);
    expect(finished.reason).toBe('stop');
    expect(tokens).toHaveLength(8);
    expect(tokens.at(-1)).toMatchObject({ id: 256, text: '' });
    expect(text).toBe(recite(2, 7));
  });

  it('gives the same text for the same seed, reports the seed it chose, and reaches the tail', async () => {
    const running = await start();
    const sampled = (seed: bigint) =>
      generate(running, request({ sampling: { temperature: 1, topK: 0, topP: 1, seed }, maxTokens: 100 }));
    const chosen = await sampled(0n);
    expect(chosen.started.seed).toBeGreaterThan(0n);
    const again = await sampled(chosen.started.seed);
    expect(again.tokens).toEqual(chosen.tokens);
    const other = await sampled(chosen.started.seed + 1n);
    expect(other.tokens).not.toEqual(chosen.tokens);
    expect(chosen.tokens.some(({ id }) => id === tailToken)).toBe(true);
  });

  it('fills the context to the last token', async () => {
    const running = await start();
    const text = 'x'.repeat(199);
    const { finished, tokens } = await generate(running, request({ prompt: { type: 'text', text } }));
    expect(tokens).toHaveLength(1);
    expect(finished.reason).toBe('length');
  });

  it('takes messages and token ids', async () => {
    const running = await start();
    const chat = await generate(
      running,
      request({ prompt: { type: 'messages', messages: [{ role: 'user', content: 'Hi' }] } }),
    );
    expect(chat.started.promptTokens).toBe('user: Hi\n'.length);
    expect(chat.text).toBe(recite(9, 40));
    const ids = await generate(running, request({ prompt: { type: 'token_ids', tokenIds: [1] } }));
    expect(ids.text).toBe(recite(1, 40));
  });

  it('runs beside many others', async () => {
    const running = await start();
    const lengths = Array.from({ length: 24 }, (_, i) => i + 10);
    const texts = await Promise.all(
      lengths.map(async (maxTokens) => (await generate(running, request({ maxTokens }))).text),
    );
    expect(texts).toEqual(lengths.map((length) => recite(2, length)));
    expect(open(running)).toBe(0);
  });

  it('hands its trace context to both replicas, untouched', async () => {
    const traces: unknown[] = [];
    const onOpen: ToyBehaviour['onOpen'] = ({ trace }) => traces.push(trace);
    const running = await start({ target: { onOpen }, draft: { onOpen } });
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' };
    const context = { signal: new AbortController().signal, deadline: undefined, trace };
    const events: string[] = [];
    for await (const event of runGenerate(request({ maxTokens: 2 }), context, running.orchestrator))
      events.push(event.type);
    expect(events.at(-1)).toBe('finished');
    expect(traces).toEqual([trace, trace]);
  });
});

describe('sessions', () => {
  it('are made when none is named, and rise in fence when one is named again', async () => {
    const fences: bigint[] = [];
    const running = await start({ target: { onOpen: ({ fence }) => void fences.push(fence) } });
    const { started } = await generate(running);
    expect(started.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    for (const sessionId of ['mine', 'mine']) {
      expect((await generate(running, request({ sessionId }))).started.sessionId).toBe('mine');
    }
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => Number(a - b)));
    expect(fences).toHaveLength(3);
  });

  it('use what a replica says that its cache holds, of all but the last token', async () => {
    const alter: ToyBehaviour['alter'] = (event) => (event.type === 'opened' ? { ...event, cachedLength: 20 } : event);
    const running = await start({ target: { alter }, draft: { alter } });
    const first = await generate(running, request({ sessionId: 's' }));
    expect(first.finished.usage.cachedTokens).toBe(1);
    const tokenIds = [...Buffer.from('Hi'), ...first.tokens.map(({ id }) => id), 1, 2];
    const longer = await generate(running, request({ sessionId: 's', prompt: { type: 'token_ids', tokenIds } }));
    expect(longer.started.cachedTokens).toBe(20);
    expect(longer.text).toBe(recite(44, 40));
  });

  it('take one generation at a time', async () => {
    const running = await start();
    const first = stream(running, request({ sessionId: 's' }));
    await first.next();
    expect(await failure(generate(running, request({ sessionId: 's' })))).toMatchObject({ code: 'session_busy' });
    for await (const event of first) expect(event.type).not.toBe('started');
    expect((await generate(running, request({ sessionId: 's' }))).text).toBe(recite(2, 40));
  });

  it('can be closed, known or not', async () => {
    const { connection } = await start();
    const close = (sessionId: string) =>
      callUnary(connection, wire.GenerationServiceService.closeSession, { sessionId });
    expect(await close('unknown')).toEqual({});
    expect(await failure(close(''))).toMatchObject({ code: 'invalid_argument', field: 'session_id' });
  });
});

describe('bad input', () => {
  it.each([
    ['prompt', request({ prompt: { type: 'text', text: 'x'.repeat(200) } })],
    ['prompt', request({ prompt: { type: 'token_ids', tokenIds: Array.from({ length: 200 }, () => 1) } })],
    ['text', request({ prompt: { type: 'text', text: '' } })],
    ['token_ids.ids[0]', request({ prompt: { type: 'token_ids', tokenIds: [257] } })],
    ['sampling.temperature', request({ sampling: { temperature: NaN, topK: 0, topP: 1, seed: 0n } })],
    ['sampling.top_p', request({ sampling: { temperature: 1, topK: 0, topP: 2, seed: 0n } })],
    ['max_tokens', request({ maxTokens: 0 })],
    ['speculation.static.draft_tokens', request({ policy: { kind: 'static', draftTokens: 65 } })],
  ])('is refused naming %s, before any session is opened', async (field, command) => {
    const running = await start();
    expect(await failure(generate(running, command))).toMatchObject({ code: 'invalid_argument', field });
    expect(open(running)).toBe(0);
  });
});

describe('the other calls', () => {
  const methods = wire.GenerationServiceService;

  it('turn text into tokens and back', async () => {
    const { connection } = await start();
    const { tokenIds } = await callUnary(connection, methods.tokenize, { text: 'né' });
    expect(tokenIds).toEqual([...Buffer.from('né')]);
    expect(await callUnary(connection, methods.detokenize, { tokenIds })).toEqual({ text: 'né' });
    const bad = callUnary(connection, methods.detokenize, { tokenIds: [1, 999] });
    expect(await failure(bad)).toMatchObject({ code: 'invalid_argument', field: 'token_ids[1]' });
  });

  it('tell which models are in use', async () => {
    const running = await start();
    const models = (): Promise<wire.GenerationServiceGetModelResponse> =>
      callUnary(running.connection, methods.getModel, {});
    await expect.poll(models).toMatchObject({ target: { name: 'toy' }, draft: { name: 'toy' } });
  });
});

describe('a client that leaves', () => {
  it.each(['cancel', 'deadline'])('by %s frees both replicas at once', async (how) => {
    // A target that never answers the third round.
    const running = await start({
      target: { onBlock: (round) => (round === 2 ? new Promise(() => undefined) : undefined) },
    });
    const deadline = how === 'deadline' ? new Date(Date.now() + 500) : undefined;
    const events = stream(running, request(), { deadline });
    for (const type of ['started', 'tokens', 'tokens']) expect((await events.next()).value).toMatchObject({ type });
    expect(running.activeCalls()).toBe(1);
    if (how === 'cancel') await events.return();
    else expect(await failure(events.next())).toMatchObject({ code: 'deadline_exceeded' });
    await expect.poll(() => open(running)).toBe(0);
    await expect.poll(() => running.activeCalls()).toBe(0);
  });
});

describe('a target', () => {
  it('that is not there is an UNAVAILABLE that says where it should be', async () => {
    const running = await start();
    await running.target.kill();
    const error = await failure(generate(running));
    expect(error).toMatchObject({ code: 'unavailable' });
    await serveToyTarget({}, running.target.address).then((back) => cleanups.push(() => back.kill()));
    await expect.poll(async () => (await generate(running)).text, { timeout: 5000 }).toBe(recite(2, 40));
  });

  it('that never was there is named by its address', async () => {
    const gone = await serveToyTarget();
    await gone.kill();
    const running = await start({}, { targetAddress: gone.address });
    const error = await failure(generate(running));
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain(`the target`);
    expect(error.message).toContain(gone.address);
  });

  it('that dies in the middle ends the generation', async () => {
    const running = await start({ target: { onBlock: (round, self) => (round === 3 ? self.kill() : undefined) } });
    expect(await failure(generate(running))).toMatchObject({ code: 'unavailable' });
    await expect.poll(() => running.draft.activeCalls()).toBe(0);
  });

  it('without free slots hands its delay on', async () => {
    const running = await start({
      target: {
        onOpen: () => {
          throw noSlots();
        },
      },
    });
    expect(await failure(generate(running))).toMatchObject({ code: 'resource_exhausted', retryAfterMs: 1500 });
    await expect.poll(() => running.draft.activeCalls()).toBe(0);
  });

  it('that answers nonsense is an error of the service, not a crash', async () => {
    const running = await start({
      target: {
        alter: (event) => (event.type === 'scored' ? { ...event, scores: { ...event.scores, kvLength: 9e8 } } : event),
      },
    });
    expect(await failure(generate(running))).toMatchObject({ code: 'bad_reply', field: 'kvLength' });
  });
});
