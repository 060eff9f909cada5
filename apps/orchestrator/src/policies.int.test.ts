/** Every policy from the wire to the draft and back: what it asks for is asked, and the text is the target's. */
import { type PolicySpec, parsePolicy } from '@outrider/speculation';
import { afterEach, describe, expect, it } from 'vitest';
import { failure, generate, request, startStack } from './stack.fixture.js';
import { recite, serveToyDraft, serveToyTarget } from './toy-replica.fixture.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start() {
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

describe('a request’s policy', () => {
  it.each([
    'adaedl:discard:warm@5',
    'max-confidence',
    'max-confidence:discard@3',
    'svip',
    'draft-and-verify',
    'heuristic@6',
    'learned@5',
    'pace',
  ])('%s is in force, and the text is what the target says', async (name) => {
    const { finished, rounds, started, text } = await generate(await start(), request({ policy: parsePolicy(name) }));
    expect(text).toBe(recite(2, 40));
    expect(started.policy).toBe(name);
    expect(finished.speculation).toMatchObject({ policy: name, draftLost: false });
    expect(finished.speculation.drafted).toBeGreaterThan(0);
    const length = Number(/@(\d+)/.exec(name)?.[1] ?? 64);
    for (const round of rounds) expect(round.drafted).toBeLessThanOrEqual(length);
  });

  it.each<[string, PolicySpec]>([
    ['speculation.svip.threshold', { kind: 'svip', options: { threshold: 3 } }],
    ['speculation.learned.max_draft_tokens', { kind: 'learned', options: { maxDraftTokens: 65 } }],
  ])('with a bad %s is refused', async (field, policy) => {
    const refused = await failure(generate(await start(), request({ policy })));
    expect(refused.message).toContain(field);
  });
});
