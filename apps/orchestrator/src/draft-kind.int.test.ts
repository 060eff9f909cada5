/** What a generation is drafted for with: asked for, told, and refused by name rather than passed over in silence. */
import type { OpenSession } from '@outrider/contracts';
import { wire } from '@outrider/contracts';
import { callUnary } from '@outrider/rpc';
import type { DraftKind } from '@outrider/speculation';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestStack, failure, generate, request, startStack } from './stack.fixture.js';
import { type ToyBehaviour, recite, serveToyDraft, serveToyTarget } from './toy-replica.fixture.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(draft: ToyBehaviour | undefined): Promise<TestStack & { opened: (DraftKind | undefined)[] }> {
  const opened: (DraftKind | undefined)[] = [];
  const onOpen = (open: OpenSession): void => void opened.push(open.draftKind);
  const target = await serveToyTarget();
  const replica = draft && (await serveToyDraft({ onOpen, ...draft }));
  const stack = await startStack({ targetAddress: target.address, draftAddress: replica?.address });
  cleanups.push(
    () => target.kill(),
    async () => replica?.kill(),
    () => stack.close(),
  );
  return { ...stack, opened };
}

describe('a draft kind', () => {
  it('is the service’s first where none is asked for, and what is asked for else', async () => {
    const stack = await start({ kinds: ['hybrid', 'ngram', 'neural'] });
    for (const draftKind of [undefined, 'ngram', 'neural'] as const) {
      const { finished, started, text } = await generate(stack, request(draftKind ? { draftKind } : {}));
      expect(text).toBe(recite(2, 40));
      expect(started.draftKind).toBe(draftKind ?? 'hybrid');
      expect(finished.speculation.draftLost).toBe(false);
    }
    expect(stack.opened).toEqual(['hybrid', 'ngram', 'neural']);
    const { draftKinds } = await callUnary(stack.connection, wire.GenerationServiceService.getModel, {});
    expect(draftKinds.map((kind) => wire.DraftKind[kind])).toEqual([
      'DRAFT_KIND_HYBRID',
      'DRAFT_KIND_NGRAM',
      'DRAFT_KIND_NEURAL',
    ]);
  });

  it('that the service has not is refused before anything is opened', async () => {
    const stack = await start({ kinds: ['ngram'] });
    const refused = await failure(generate(stack, request({ draftKind: 'hybrid' })));
    expect(refused).toMatchObject({ code: 'draft_kind_unavailable', field: 'speculation.draft_kind' });
    expect(refused.message).toContain('no hybrid drafts, only ngram');
    expect(stack.opened).toEqual([]);
    expect((await generate(stack)).started.draftKind).toBe('ngram');
  });

  it('is refused where there is no draft service, unless nothing is to be drafted', async () => {
    const stack = await start(undefined);
    const refused = await failure(generate(stack, request({ draftKind: 'ngram' })));
    expect(refused).toMatchObject({ code: 'draft_kind_unavailable', field: 'speculation.draft_kind' });
    const { started } = await generate(stack, request({ draftKind: 'ngram', policy: { kind: 'off' } }));
    expect(started.draftKind).toBeUndefined();
  });

  it('does not fail a generation whose draft is gone', async () => {
    const draft = await serveToyDraft();
    await draft.kill();
    const target = await serveToyTarget();
    const stack = await startStack({ targetAddress: target.address, draftAddress: draft.address });
    cleanups.push(
      () => target.kill(),
      () => stack.close(),
    );
    const { finished, started, text } = await generate(stack, request({ draftKind: 'ngram' }));
    expect(text).toBe(recite(2, 40));
    expect(started.draftKind).toBeUndefined();
    expect(finished.speculation.draftLost).toBe(true);
  });
});

it('drafted tokens are counted by source, and the passes of the draft model', async () => {
  // Of each block the first token is the n-grams', and one more pass is made than tokens are proposed.
  const stack = await start({
    kinds: ['hybrid'],
    alter: (event) => {
      if (event.type === 'proposed') {
        return { ...event, tokens: event.tokens.map((token) => ({ ...token, source: 'ngram' as const })) };
      }
      return event.type === 'block_end' ? { ...event, end: { ...event.end, passes: event.tokens.length + 1 } } : event;
    },
  });
  const { finished, rounds } = await generate(stack);
  const { accepted, discardedPasses, draftPasses, drafted, sources } = finished.speculation;
  const [ngram, neural] = [sources['ngram'], sources['neural']];
  expect((ngram?.drafted ?? 0) + (neural?.drafted ?? 0)).toBe(drafted);
  expect((ngram?.accepted ?? 0) + (neural?.accepted ?? 0)).toBe(accepted);
  const asked = rounds.filter((round) => round.drafted > 0);
  expect(ngram?.drafted).toBe(asked.length);
  expect(draftPasses).toBe((neural?.drafted ?? 0) + asked.length);
  expect(discardedPasses).toBe(asked.length);
  for (const round of asked) {
    expect(round.draftPasses).toBe(round.drafted);
    expect(round.draftedBySource['ngram']).toBe(1);
    expect(round.draftedBySource['neural'] ?? 0).toBe(round.drafted - 1);
  }
});
