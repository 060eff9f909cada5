/** Temperature 0: whatever is drafted, the text is the target's, token for token. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Generation } from './generation-client.fixture.js';
import { greedy, workloadPrompts } from './requests.fixture.js';
import { type RealStack, startStack } from './stack.fixture.js';

const PROMPTS = 40;
const TOKENS = 128;
const timeout = 600_000;

const prompts = workloadPrompts().slice(0, PROMPTS);
/** One of each kind. */
const few = prompts.filter(({ kind }, i) => prompts.findIndex((prompt) => prompt.kind === kind) === i);

let stack: RealStack;
/** By prompt id: what the target says alone. */
const alone = new Map<string, Generation>();

beforeAll(async () => {
  stack = await startStack();
  for (const { id, messages } of prompts) alone.set(id, await stack.client.generate(greedy(messages, 'off', TOKENS)));
}, timeout);

afterAll(() => stack.stop());

it('has prompts of all six kinds, and texts long enough to compare', () => {
  expect(prompts).toHaveLength(PROMPTS);
  expect(few).toHaveLength(6);
  const lengths = [...alone.values()].map(({ tokens }) => tokens.length);
  expect(Math.max(...lengths)).toBe(TOKENS);
  expect(lengths.reduce((sum, length) => sum + length)).toBeGreaterThan((PROMPTS * TOKENS) / 2);
});

describe.each([
  ['adaedl', 'neural', prompts],
  ['static:4', 'hybrid', prompts],
  ['static:8', 'neural', few],
  ['adaedl', 'ngram', few],
] as const)('%s, %s drafts', (policy, draftKind, chosen) => {
  it(
    'gives the text of off',
    async () => {
      const differences: string[] = [];
      const counts = { tokens: 0, drafted: 0, accepted: 0 };
      const drawnFrom = new Set<string>();
      for (const { id, messages } of chosen) {
        const { finished, started, text, tokens } = await stack.client.generate(
          greedy(messages, policy, TOKENS, draftKind),
        );
        const expected = alone.get(id) as Generation;
        expect(started).toMatchObject({ policy, draftKind });
        const sources = Object.keys(finished.speculation.sources).sort();
        expect(draftKind === 'hybrid' ? ['neural', 'ngram'] : [draftKind]).toEqual(expect.arrayContaining(sources));
        for (const source of sources) drawnFrom.add(source);
        expect(finished.speculation.draftLost).toBe(false);
        counts.tokens += tokens.length;
        counts.drafted += finished.speculation.drafted;
        counts.accepted += finished.speculation.accepted;
        const place = firstDifference(expected.tokens, tokens);
        if (place !== undefined) differences.push(`${id} at token ${place}`);
        else if (text !== expected.text || finished.reason !== expected.finished.reason)
          differences.push(`${id}'s end`);
      }
      const drafts = `${counts.accepted} of ${counts.drafted} drafted tokens accepted`;
      console.log(
        `${policy}, ${draftKind} drafts, against off at temperature 0: ${chosen.length} prompts, ${counts.tokens} tokens compared, ` +
          `${differences.length} texts differ; ${drafts}`,
      );
      expect(differences).toEqual([]);
      expect(drawnFrom.size).toBe(draftKind === 'hybrid' ? 2 : 1);
      // Nothing would differ either if nothing was drafted, or all of it thrown away.
      expect(counts.accepted).toBeGreaterThan(counts.tokens / 20);
      expect(counts.accepted).toBeLessThan(counts.drafted);
    },
    timeout,
  );
});

interface Token {
  readonly id: number;
}

/** Where two texts part, one that is the beginning of the other included. */
function firstDifference(one: readonly Token[], other: readonly Token[]): number | undefined {
  const length = Math.max(one.length, other.length);
  for (let i = 0; i < length; i++) if (one[i]?.id !== other[i]?.id) return i;
  return undefined;
}
