/** Whatever a draft does, the text is the target's. */
import { OutriderError } from '@outrider/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestStack, generate, request, startStack } from './stack.fixture.js';
import { type ToyBehaviour, type ToyReplica, recite, serveToyDraft, serveToyTarget } from './toy-replica.fixture.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(behaviour: ToyBehaviour = {}): Promise<TestStack & { readonly draft: ToyReplica }> {
  const target = await serveToyTarget();
  const draft = await serveToyDraft(behaviour);
  const stack = await startStack({ targetAddress: target.address, draftAddress: draft.address, draftTimeoutMs: 300 });
  cleanups.push(
    () => target.kill(),
    () => draft.kill(),
    () => stack.close(),
  );
  return { ...stack, draft };
}

const hang = (): Promise<void> => new Promise(() => undefined);
const refuse = (code: 'resource_exhausted' | 'context_full') => (): void => {
  throw new OutriderError(code, 'no');
};

describe('a draft that fails', () => {
  it.each<[string, ToyBehaviour]>([
    ['dies in the middle', { onBlock: (round, self) => (round === 3 ? self.kill() : undefined) }],
    ['hangs in the middle', { onBlock: (round) => (round === 3 ? hang() : undefined) }],
    ['has no free slot', { onOpen: refuse('resource_exhausted') }],
    ['has a shorter context', { onOpen: refuse('context_full') }],
    ['has another tokenizer', { model: { tokenizerFingerprint: 'c'.repeat(64) } }],
    ['answers another round', { alter: (event) => (event.type === 'block_end' ? { ...event, round: 77 } : event) }],
    [
      'answers what was not asked',
      { alter: (event) => (event.type === 'block_end' ? { type: 'opened', cachedLength: 0, queueMs: 0 } : event) },
    ],
    ['opens with the wrong answer', { alter: () => ({ type: 'prefilled', prefilled: { kvLength: 0, computeMs: 0 } }) }],
    [
      'claims a cache that it cannot have',
      { alter: (event) => (event.type === 'block_end' ? { ...event, end: { ...event.end, kvLength: 9999 } } : event) },
    ],
    [
      'lies about a distribution',
      {
        alter: (event) =>
          event.type === 'block_end'
            ? { ...event, tokens: event.tokens.map((token, i) => (i === 1 ? { ...token, entropy: NaN } : token)) }
            : event,
      },
    ],
  ])('because it %s does not change the text', async (_, behaviour) => {
    const stack = await start(behaviour);
    const { finished, rounds, text } = await generate(stack);
    expect(text).toBe(recite(2, 40));
    expect(finished.usage.completionTokens).toBe(40);
    expect(finished.speculation.draftLost).toBe(true);
    expect(rounds.at(-1)?.stopReason).toBe('draft_unavailable');
    await expect.poll(() => stack.draft.activeCalls()).toBe(0);
  });

  it('keeps what it proposed before it died', async () => {
    const stack = await start({
      alter: (event) => {
        if (event.type === 'block_end' && event.round === 1) throw new OutriderError('internal', 'a bug');
        return event;
      },
    });
    const { rounds, text } = await generate(stack);
    expect(text).toBe(recite(2, 40));
    expect(rounds[1]).toMatchObject({ stopReason: 'draft_unavailable', drafted: 1 });
    expect(rounds[2]).toMatchObject({ stopReason: 'draft_unavailable', drafted: 0 });
  });

  it('is tried again by the next generation, and used when it is back', async () => {
    let deaths = 0;
    const stack = await start({ onBlock: (round, self) => (round === 2 && deaths++ === 0 ? self.kill() : undefined) });
    expect((await generate(stack)).finished.speculation.draftLost).toBe(true);
    const without = await generate(stack);
    expect(without).toMatchObject({ text: recite(2, 40), started: { draftModel: '' } });
    expect(without.finished.speculation).toMatchObject({ draftLost: true, stopReasons: { draft_unavailable: 40 } });

    const back = await serveToyDraft({}, stack.draft.address);
    cleanups.push(() => back.kill());
    const { finished, started } = await generate(stack);
    expect(started.draftModel).toBe('toy');
    expect(finished.speculation).toMatchObject({ draftLost: false });
    expect(finished.speculation.accepted).toBeGreaterThan(20);
  });

  it('delays no generation by more than its time', async () => {
    const stack = await start({ onBlock: hang });
    const startedAt = performance.now();
    await generate(stack);
    const first = performance.now() - startedAt;
    expect(first).toBeGreaterThan(290);
  });

  it('is not asked when the policy is off, and not missed when there is none', async () => {
    let opened = 0;
    const stack = await start({ onOpen: () => void opened++ });
    const { finished } = await generate(stack, request({ policy: { kind: 'off' } }));
    expect(finished.speculation).toMatchObject({ draftLost: false, stopReasons: { off: 40 } });
    expect(opened).toBe(0);
  });
});

it('a service without a draft is target-only and has lost nothing', async () => {
  const target = await serveToyTarget();
  const stack = await startStack({ targetAddress: target.address });
  cleanups.push(
    () => target.kill(),
    () => stack.close(),
  );
  const { finished, text } = await generate(stack);
  expect(text).toBe(recite(2, 40));
  expect(finished.speculation).toMatchObject({ draftLost: false, stopReasons: { draft_unavailable: 40 } });
});
