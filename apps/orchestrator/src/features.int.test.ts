import type { GenerationEvent } from '@outrider/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestStack, failure, generate, request, startStack, stream } from './stack.fixture.js';
import { recite, serveToyDraft, serveToyTarget } from './toy-replica.fixture.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(): Promise<TestStack> {
  const target = await serveToyTarget();
  const draft = await serveToyDraft();
  const stack = await startStack({ targetAddress: target.address, draftAddress: draft.address });
  cleanups.push(
    () => target.kill(),
    () => draft.kill(),
    () => stack.close(),
  );
  return stack;
}

const drafting = { policy: { kind: 'static', draftTokens: 5 } } as const;
const whole = recite(2, 40);

describe('stop strings', () => {
  it('end the text before them, also within a block, and count the tokens up to their last', async () => {
    const stack = await start();
    const stop = whole.slice(13, 16);
    const { finished, pieces, text, tokens } = await generate(stack, request({ ...drafting, stop: ['nowhere', stop] }));
    expect(text).toBe(whole.slice(0, whole.indexOf(stop)));
    expect(finished).toMatchObject({ reason: 'stop', stop });
    // The toy's tokens are bytes.
    expect(Buffer.from(tokens.map(({ id }) => id)).toString()).toBe(whole.slice(0, whole.indexOf(stop) + stop.length));
    expect(finished.usage.completionTokens).toBe(tokens.length);
    // What might have been a beginning was held back, not sent and regretted.
    expect(pieces.join('')).toBe(text);
  });

  it('that never come leave the text as it is', async () => {
    const { finished, text } = await generate(await start(), request({ ...drafting, stop: [`${whole.at(-1)}?`] }));
    expect(text).toBe(whole);
    expect(finished).toMatchObject({ reason: 'length', stop: '' });
  });

  it('that are tokens end it too', async () => {
    const stack = await start();
    const { tokens } = await generate(stack, request(drafting));
    const id = tokens[9]?.id as number;
    const first = tokens.findIndex((token) => token.id === id);
    const stopped = await generate(stack, request({ ...drafting, stopTokenIds: [id] }));
    expect(stopped.tokens).toHaveLength(first + 1);
    expect(stopped.finished.reason).toBe('stop');
  });
});

describe('several completions', () => {
  it('come one after another, each with its index and the seed plus it', async () => {
    const events: GenerationEvent[] = [];
    const sampling = { temperature: 0, topK: 0, topP: 1, seed: 2n ** 64n - 2n };
    for await (const event of stream(await start(), request({ ...drafting, sampling, completions: 3 }))) {
      events.push(event);
    }
    const indexOf = (event: GenerationEvent): number => event.index ?? 0;
    expect(events.map(indexOf)).toEqual(events.map(indexOf).sort());
    const started = events.flatMap((event) => (event.type === 'started' ? [event.started] : []));
    expect(started.map(({ seed }) => seed)).toEqual([2n ** 64n - 2n, 2n ** 64n - 1n, 1n]);
    expect(new Set(started.map(({ sessionId }) => sessionId)).size).toBe(3);
    for (const index of [0, 1, 2]) {
      const text = events
        .filter((event) => indexOf(event) === index)
        .map((event) => (event.type === 'tokens' ? event.text : event.type === 'finished' ? event.finished.text : ''));
      expect(text.join('')).toBe(whole);
    }
  });

  it('are refused in a session', async () => {
    const command = request({ sessionId: 'mine', completions: 2 });
    expect(await failure(generate(await start(), command))).toMatchObject({ code: 'invalid_argument', field: 'n' });
  });
});

describe('statistics', () => {
  it('agree with the rounds', async () => {
    const { finished, rounds, tokens } = await generate(await start(), request(drafting));
    const { speculation, timing } = finished;
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(speculation.positions.map(({ drafted }) => drafted))).toBe(speculation.drafted);
    expect(sum(speculation.positions.map(({ accepted }) => accepted))).toBe(speculation.accepted);
    expect(sum(speculation.acceptedLengths)).toBe(rounds.length);
    expect(sum(speculation.acceptedLengths.map((count, length) => count * length))).toBe(speculation.accepted);
    expect(speculation.discarded).toBe(speculation.drafted - speculation.accepted);
    expect(speculation.meanEntropy).toBeCloseTo(
      sum(rounds.flatMap(({ entropies }) => entropies)) / speculation.drafted,
    );
    const { acceptedTokens, bonusTokens, recoveredTokens } = speculation;
    expect(acceptedTokens + recoveredTokens + bonusTokens).toBe(tokens.length);
    expect(timing.draftMs + timing.targetMs + timing.queueMs + timing.networkMs).toBeLessThanOrEqual(timing.totalMs);
  });
});

describe('log-probabilities', () => {
  it('that a target leaves out are its fault, not silence', async () => {
    const error = await failure(generate(await start(), request({ ...drafting, logprobs: 2 })));
    expect(error).toMatchObject({ code: 'bad_reply' });
  });
});
