import { OutriderError } from '@outrider/contracts';
import type { CachePosition } from '@outrider/speculation';
import { describe, expect, it } from 'vitest';
import type { DraftClient } from './draft-client.js';
import { lazyDraft } from './lazy-draft.js';

const limits = {
  maxTokens: 1,
  minTokens: 0,
  maxEntropy: Infinity,
  minTopProbability: 0,
  proposeStopped: false,
};
const at = (tokens: number[]): CachePosition => ({ round: 4, keepLength: 0, tokens });

/** A draft that is open, and what it was asked. */
function opened(cachedLength: number) {
  const asked: CachePosition[] = [];
  const calls: string[] = [];
  const client: DraftClient = {
    cachedLength,
    prefill: async () => 0,
    async propose(position) {
      asked.push(position);
      return { tokens: [], stopReason: 'max_tokens', kvLength: 0, computeMs: 0, passes: 0 };
    },
    failure: () => undefined,
    giveUp: () => void calls.push('giveUp'),
    finish: async () => void calls.push('finish'),
    cancel: () => void calls.push('cancel'),
  };
  return { asked, calls, client };
}

describe('a lazy draft', () => {
  it('is opened once, with all that is committed, and is given what its cache lacks', async () => {
    const { asked, calls, client } = opened(2);
    const openings: unknown[] = [];
    const draft = lazyDraft(1000, async (committed) => {
      openings.push(committed);
      return client;
    });
    expect(draft.failure()).toBeUndefined();
    await draft.finish(1);
    expect(openings).toEqual([]);
    await draft.propose(at([5, 6, 7]), limits);
    const next = { round: 5, keepLength: 3, tokens: [8] };
    await draft.propose(next, limits);
    expect(openings).toEqual([[5, 6, 7]]);
    expect(asked).toEqual([{ round: 4, keepLength: 2, tokens: [7] }, next]);
    await draft.finish(1);
    draft.cancel();
    expect(calls).toEqual(['finish', 'cancel']);
  });

  it('keeps the last token for its first block, whatever a cache claims to hold', async () => {
    const { asked, client } = opened(99);
    await lazyDraft(1000, async () => client).propose(at([5, 6, 7]), limits);
    expect(asked).toEqual([{ round: 4, keepLength: 2, tokens: [7] }]);
  });

  it('that cannot be opened has failed, for good', async () => {
    const refusal = new OutriderError('resource_exhausted', 'full');
    let openings = 0;
    const draft = lazyDraft(1000, async () => {
      openings++;
      throw refusal;
    });
    for (let i = 0; i < 2; i++) await expect(draft.propose(at([1]), limits)).rejects.toBe(refusal);
    expect(draft.failure()).toBe(refusal);
    expect(openings).toBe(1);
  });

  it.each(['is late', 'is given up meanwhile'])('that %s is not left open when it comes after all', async (how) => {
    const { calls, client } = opened(0);
    let come = (): void => undefined;
    const coming = new Promise<void>((resolve) => (come = resolve));
    let told: AbortSignal | undefined;
    const draft = lazyDraft(how === 'is late' ? 10 : 10_000, async (_, abandoned) => {
      told = abandoned;
      await coming;
      return client;
    });
    const asking = draft.propose(at([1]), limits);
    if (how !== 'is late') draft.cancel();
    const code = how === 'is late' ? 'deadline_exceeded' : 'cancelled';
    await expect(asking).rejects.toMatchObject({ code });
    expect(told?.aborted).toBe(true);
    come();
    await expect.poll(() => calls).toEqual(['cancel']);
  });
});
