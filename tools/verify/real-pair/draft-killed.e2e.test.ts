/** A draft service that is killed in the middle of a text costs the text nothing. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Generation } from './generation-client.fixture.js';
import { storyOf } from './requests.fixture.js';
import { type RealStack, startStack } from './stack.fixture.js';

const command = storyOf(160);
const timeout = 120_000;

let stack: RealStack;
let undisturbed: Generation;

beforeAll(async () => {
  stack = await startStack();
  undisturbed = await stack.client.generate(command);
}, timeout);

afterAll(() => stack.stop());

it('drafts while nothing is wrong', () => {
  expect(undisturbed.tokens).toHaveLength(160);
  expect(undisturbed.finished.speculation).toMatchObject({ draftLost: false, policy: 'adaedl' });
  expect(undisturbed.finished.speculation.accepted).toBeGreaterThan(10);
  expect(undisturbed.finished.speculation.stopReasons).not.toHaveProperty('draft_unavailable');
});

it(
  'goes on without the draft, to the same text, and drafts again once the draft is back',
  async () => {
    let seen = 0;
    const killed = await stack.client.generate(command, (event) => {
      if (event.type !== 'tokens') return;
      seen += event.tokens.length;
      if (seen >= 20) stack.draft.signal('SIGKILL');
    });
    expect(await stack.draft.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(killed.text).toBe(undisturbed.text);
    expect(killed.tokens.map(({ id }) => id)).toEqual(undisturbed.tokens.map(({ id }) => id));
    expect(killed.finished.speculation.draftLost).toBe(true);
    const reasons = killed.rounds.map(({ stopReason }) => stopReason);
    const loss = reasons.indexOf('draft_unavailable');
    expect(reasons.slice(loss).filter((reason) => reason !== 'draft_unavailable')).toEqual([]);
    // At a border of the target's cache there is no room for a draft.
    const drafting = killed.rounds.slice(0, loss).filter(({ stopReason }) => stopReason !== 'max_tokens');
    expect(drafting.every(({ drafted }) => drafted > 0)).toBe(true);
    const before = killed.rounds.slice(0, loss).reduce((sum, { accepted }) => sum + accepted + 1, 0);
    console.log(`draft killed after 20 tokens: ${before} tokens with it, ${160 - before} without, the same text`);
    expect(before).toBeGreaterThanOrEqual(20);
    expect(before).toBeLessThan(160);

    const without = await stack.client.generate(command);
    expect(without).toMatchObject({ text: undisturbed.text, started: { draftModel: '' } });
    expect(without.finished.speculation).toMatchObject({ draftLost: true, drafted: 0 });

    await stack.restartDraft();
    const { finished, started, text } = await stack.client.generate(command);
    expect(text).toBe(undisturbed.text);
    expect(started.draftModel).toBe(undisturbed.started.draftModel);
    expect(finished.speculation).toEqual(undisturbed.finished.speculation);
  },
  timeout,
);
