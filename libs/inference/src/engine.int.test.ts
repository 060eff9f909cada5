/** The engine through its port, over the real pair: one file, since loading the models takes longer than the tests. */
import { ensureDefaultPair } from '@outrider/models';
import type { DraftKind, Sampling, TargetDistribution } from '@outrider/speculation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from './engine.js';
import type { Engine, SessionKey } from './port.js';

const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, seed: 1n };
const SAMPLED: Sampling = { temperature: 1, topK: 0, topP: 1, seed: 1n };
const SLOTS = 4;

let target: Engine;
/** The same draft in a thread of its own, and in the test's. */
const drafts: Partial<Record<'worker' | 'caller', Engine>> = {};
let text: number[];

beforeAll(async () => {
  const pair = await ensureDefaultPair();
  const options = { slots: SLOTS, threads: 2, maxCandidates: 64 };
  target = await createEngine({ ...options, modelDirectory: pair.target.directory });
  for (const thread of ['worker', 'caller'] as const) {
    const modelDirectory = pair.draft.directory;
    drafts[thread] = await createEngine({ ...options, modelDirectory, contextLength: 400, thread });
  }
  const tokenizer = await pair.target.loadTokenizer();
  const sentence = 'The lighthouse keeper counted 17 ships before dawn, wrote their names down and went to sleep. ';
  text = tokenizer.encode(sentence.repeat(12)).slice(0, 230);
}, 300_000);

afterAll(async () => {
  await Promise.all([target, ...Object.values(drafts)].map((engine) => engine.dispose()));
});

let sessions = 0;
async function withSession<T>(engine: Engine, use: (key: SessionKey) => Promise<T>): Promise<T> {
  const key = { sessionId: `session-${sessions++}`, fence: 1n };
  await engine.open(key);
  try {
    return await use(key);
  } finally {
    await engine.close(key);
  }
}

/** The distributions after each token of the text, read in blocks of the given widths. */
async function readText(key: SessionKey, widths: (i: number) => number, from = 0): Promise<TargetDistribution[]> {
  const positions: TargetDistribution[] = [];
  for (let i = from, n = 0; i < text.length; n++) {
    const tokens = text.slice(i, i + widths(n));
    const draft = tokens.slice(1).map((id) => ({ id, candidateIds: [] }));
    const block = { ...key, keepLength: i, tokens: tokens.slice(0, 1), draft, sampling: SAMPLED };
    const [scores] = await target.scoreBlocks([block]);
    positions.push(...(scores?.positions ?? []));
    i += tokens.length;
  }
  return positions;
}

describe('a row does not depend on its company', () => {
  let alone: TargetDistribution[];
  beforeAll(async () => {
    alone = await withSession(target, (key) => readText(key, () => 1));
  });

  it.each([2, 5, 9, 16, 100])('reads the same to the last bit in blocks of %i tokens', async (width) => {
    const block = await withSession(target, (key) => readText(key, () => width));
    expect(block).toEqual(alone);
  });

  it('reads the same after a prefill, a rollback across a finished block and a wrong draft', async () => {
    await withSession(target, async (key) => {
      await target.prefill({ ...key, keepLength: 0, tokens: text });
      const wrong = text.slice(0, 20).map((id) => ({ id, candidateIds: [] }));
      const block = { ...key, keepLength: 150, tokens: text.slice(150, 151), draft: wrong, sampling: SAMPLED };
      await target.scoreBlocks([block]);
      const again = await readText(key, (n) => 1 + ((n * 7) % 11), 90);
      expect(again).toEqual(alone.slice(90));
    });
  });

  it('reads the same in one pass with other sessions of other lengths', async () => {
    const keys = [0, 1, 2].map((i) => ({ sessionId: `ragged-${i}`, fence: 1n }));
    const lengths = [20, 100, 190];
    for (const [i, key] of keys.entries()) {
      await target.open(key);
      await target.prefill({ ...key, keepLength: 0, tokens: text.slice(0, lengths[i]) });
    }
    for (let step = 0; step < 4; step++) {
      const blocks = keys.map((key, i) => {
        const start = (lengths[i] as number) + step * 9;
        const ids = text.slice(start, start + 2 + 3 * i);
        const draft = ids.slice(1).map((id) => ({ id, candidateIds: [] }));
        return { ...key, keepLength: start, tokens: ids.slice(0, 1), draft, sampling: SAMPLED };
      });
      const scores = await target.scoreBlocks(blocks);
      for (const [i, block] of blocks.entries()) {
        const scored = scores[i];
        expect(scored?.positions).toEqual(alone.slice(block.keepLength, block.keepLength + block.draft.length + 1));
        expect(scored?.batchSize).toBe(3);
        const next = block.keepLength + block.draft.length + 1;
        const end = (lengths[i] as number) + (step + 1) * 9;
        await target.prefill({ ...keys[i]!, keepLength: next, tokens: text.slice(next, end) });
      }
    }
    for (const key of keys) await target.close(key);
  });
});

describe('distributions', () => {
  it('gives the probability of every candidate asked for, and a total of 1', async () => {
    await withSession(target, async (key) => {
      const draft = [{ id: text[1] as number, candidateIds: [5, 49_000, text[1] as number] }];
      const block = { ...key, keepLength: 0, tokens: text.slice(0, 1), draft, sampling: SAMPLED };
      const [scores] = await target.scoreBlocks([block]);
      expect(scores?.positions).toHaveLength(2);
      const [first] = scores?.positions ?? [];
      expect(first?.ids).toEqual(expect.arrayContaining([5, 49_000, text[1]]));
      const total = (first?.probabilities ?? []).reduce((sum, p) => sum + p, first?.tailProbability ?? 0);
      expect(total).toBeCloseTo(1, 5);
    });
  });

  it('draws the same token from the tail each time, outside the candidates', async () => {
    await withSession(target, async (key) => {
      const block = { ...key, keepLength: 0, tokens: text.slice(0, 1), draft: [], sampling: SAMPLED };
      const [scores] = await target.scoreBlocks([block]);
      const drawn = await target.drawFromTail(key, 0);
      expect(scores?.positions[0]?.ids).not.toContain(drawn);
      expect(await target.drawFromTail(key, 0)).toEqual(drawn);
      await expect(target.drawFromTail(key, 1)).rejects.toMatchObject({ code: 'invalid_argument', field: 'index' });
    });
  });

  it('truncates by top-k and by top-p, beyond the candidates too', async () => {
    await withSession(target, async (key) => {
      const block = { ...key, keepLength: 0, tokens: text.slice(0, 1), draft: [] };
      const score = async (sampling: Partial<Sampling>) =>
        (await target.scoreBlocks([{ ...block, sampling: { ...SAMPLED, ...sampling } }]))[0]?.positions[0];
      const whole = await score({});
      const five = await score({ topK: 5 });
      expect(five?.ids).toEqual(whole?.ids.slice(0, 5));
      expect(five?.tailProbability).toBe(0);
      const nucleus = await score({ topP: 0.999 });
      expect(nucleus?.ids.slice(0, 64)).toEqual(whole?.ids);
      expect(nucleus?.tailProbability).toBeGreaterThan(0);
      const drawn = await target.drawFromTail(key, 0);
      expect(nucleus?.ids).not.toContain(drawn);
    });
  });
});

describe.each(['worker', 'caller'] as const)('drafting in the thread of the %s', (thread) => {
  let draft: Engine;
  beforeAll(() => {
    draft = drafts[thread] as Engine;
  });

  const NO_LIMIT = { maxTokens: 6, minTokens: 1, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };

  it('proposes the same tokens whatever a block held before, and says what its cache holds', async () => {
    await withSession(draft, async (key) => {
      const block = { ...key, keepLength: 0, tokens: text.slice(0, 40), sampling: SAMPLED, limits: NO_LIMIT };
      const first = await draft.draftBlock(block);
      expect(first.tokens).toHaveLength(6);
      expect(first.stopReason).toBe('max_tokens');
      expect(first.kvLength).toBe(45);
      const again = await draft.draftBlock({ ...block, keepLength: 30, tokens: text.slice(30, 40) });
      expect(again.tokens).toEqual(first.tokens);
      for (const token of first.tokens) {
        expect(token.candidates.ids).toContain(token.id);
        expect(token.entropy).toBeGreaterThanOrEqual(0);
        expect(token.topProbability).toBeGreaterThan(0);
      }
    });
  });

  it('stops before the token whose distribution has too much entropy', async () => {
    await withSession(draft, async (key) => {
      const block = { ...key, keepLength: 0, tokens: text.slice(0, 40), sampling: GREEDY, limits: NO_LIMIT };
      const free = await draft.draftBlock(block);
      const entropies = free.tokens.map((token) => token.entropy);
      const peak = Math.max(...entropies.slice(1));
      const limits = { ...NO_LIMIT, maxEntropy: peak - 1e-6 };
      const stopped = await draft.draftBlock({ ...block, limits });
      expect(stopped.stopReason).toBe('entropy');
      expect(stopped.stoppingEntropy).toBe(peak);
      expect(stopped.tokens).toEqual(free.tokens.slice(0, entropies.indexOf(peak, 1)));
    });
  });

  it('drafts one token all the same, and no pass behind it, where the first has too much entropy', async () => {
    await withSession(draft, async (key) => {
      const block = { ...key, keepLength: 0, tokens: text.slice(0, 40), sampling: GREEDY, limits: NO_LIMIT };
      const free = await draft.draftBlock(block);
      const limits = { ...NO_LIMIT, maxEntropy: (free.tokens[0]?.entropy as number) - 1e-6 };
      const stopped = await draft.draftBlock({ ...block, limits });
      expect(stopped).toMatchObject({ stopReason: 'entropy', kvLength: 40 });
      expect(stopped.stoppingEntropy).toBeUndefined();
      expect(stopped.tokens).toEqual(free.tokens.slice(0, 1));
    });
  });

  it('ends within a step of an abort, and at the end of the context', async () => {
    await withSession(draft, async (key) => {
      const limits = { ...NO_LIMIT, maxTokens: 350 };
      const block = { ...key, keepLength: 0, tokens: text.slice(0, 40), sampling: SAMPLED, limits };
      const controller = new AbortController();
      const running = draft.draftBlock(block, controller.signal);
      setTimeout(() => controller.abort(), 30);
      const cut = await running;
      expect(cut.stopReason).toBe('cancelled');
      expect(cut.tokens.length).toBeLessThan(350);
      const full = await draft.draftBlock({ ...block, limits: { ...limits, maxTokens: 1000 } });
      if (full.stopReason !== 'end_of_text') {
        expect(full.stopReason).toBe('context');
        expect(full.kvLength).toBe(399);
      }
    });
  });
});

describe('drafting by n-grams', () => {
  const limits = { maxTokens: 6, minTokens: 1, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };
  let draft: Engine;
  beforeAll(() => {
    draft = drafts.worker as Engine;
  });

  async function withKind<T>(draftKind: DraftKind, use: (key: SessionKey) => Promise<T>): Promise<T> {
    const key = { sessionId: `session-${sessions++}`, fence: 1n };
    await draft.open({ ...key, draftKind });
    try {
      return await use(key);
    } finally {
      await draft.close(key);
    }
  }

  it('alone makes no pass of the model, and holds what it was given', async () => {
    await withKind('ngram', async (key) => {
      const prefilled = await draft.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 100) });
      expect(prefilled.kvLength).toBe(100);
      const block = { ...key, keepLength: 100, tokens: text.slice(100, 101), sampling: GREEDY, limits };
      const drafted = await draft.draftBlock(block);
      // The text is one sentence over and over.
      expect(drafted.tokens.map(({ id }) => id)).toEqual(text.slice(101, 107));
      expect(drafted).toMatchObject({ passes: 0, kvLength: 107 });
      const scored = draft.scoreBlocks([{ ...block, draft: [] }]);
      await expect(scored).rejects.toMatchObject({ code: 'invalid_argument', field: 'session_id' });
    });
  });

  it('leaves to the model what it is not sure of, which then takes in what it has not seen', async () => {
    const fresh = await withKind('neural', async (key) => {
      const tokens = [...text.slice(0, 106), 3_000];
      return draft.draftBlock({ ...key, keepLength: 0, tokens, sampling: GREEDY, limits });
    });
    await withKind('hybrid', async (key) => {
      await draft.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 100) });
      const block = { ...key, keepLength: 100, tokens: text.slice(100, 101), sampling: GREEDY, limits };
      const sure = await draft.draftBlock(block);
      expect(sure.tokens.map(({ id }) => id)).toEqual(text.slice(101, 107));
      // Not a pass was made, so that the model holds the prompt alone.
      expect(sure).toMatchObject({ passes: 0, kvLength: 100 });
      // Behind a token that the text has not had, there is nothing to look up.
      const tokens = [...text.slice(100, 106), 3_000];
      const { passes, ...unsure } = await draft.draftBlock({ ...block, keepLength: 100, tokens });
      expect(unsure.tokens[0]).toEqual(fresh.tokens[0]);
      expect(unsure.tokens[0]?.source).toBe('neural');
      expect(passes).toBeGreaterThan(0);
      expect(unsure.kvLength).toBeGreaterThanOrEqual(107);
      // Rolled back across all that, it says the same again.
      expect((await draft.draftBlock({ ...block, keepLength: 90, tokens: text.slice(90, 101) })).tokens).toEqual(
        sure.tokens,
      );
    });
  });

  it('takes a session over from one of another kind with what that holds', async () => {
    const key = { sessionId: 'handed-on', fence: 1n };
    const open = (fence: bigint, draftKind: DraftKind) => draft.open({ ...key, fence, draftKind });
    await open(1n, 'neural');
    await draft.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 80) });
    expect(await open(2n, 'ngram')).toEqual({ cachedLength: 80 });
    // It goes another way, which the model does not see.
    await draft.prefill({ ...key, fence: 2n, keepLength: 50, tokens: [1, 2, 3, 4, 5] });
    expect(await open(3n, 'hybrid')).toEqual({ cachedLength: 50 });
    const block = { ...key, fence: 3n, keepLength: 50, tokens: text.slice(50, 101), sampling: GREEDY, limits };
    expect((await draft.draftBlock(block)).tokens.map(({ id }) => id)).toEqual(text.slice(101, 107));
    await draft.close({ ...key, fence: 3n });
  });
});

describe('sessions', () => {
  it('hands out its slots, refuses one more, and takes them back', async () => {
    const keys = Array.from({ length: SLOTS }, (_, i) => ({ sessionId: `slot-${i}`, fence: 1n }));
    for (const key of keys) await target.open(key);
    expect(target.info().slotsInUse).toBe(SLOTS);
    const late = { sessionId: 'late', fence: 1n };
    await expect(target.open(late)).rejects.toMatchObject({ code: 'slots_exhausted' });
    await target.close(keys[0] as SessionKey);
    await expect(target.open(late)).resolves.toEqual({ cachedLength: 0 });
    for (const key of [...keys, late]) await target.close(key);
    expect(target.info().slotsInUse).toBe(0);
  });

  it('refuses an older owner, and a request that does not fit, naming the field', async () => {
    await withSession(target, async ({ sessionId }) => {
      const newer = { sessionId, fence: 2n };
      await target.open(newer);
      const block = { keepLength: 0, tokens: text.slice(0, 2), draft: [], sampling: GREEDY };
      const score = (change: object) => target.scoreBlocks([{ ...newer, ...block, ...change }]);
      await expect(score({ fence: 1n })).rejects.toMatchObject({ code: 'stale_fence', field: 'fence' });
      await expect(score({ keepLength: 1 })).rejects.toMatchObject({ code: 'invalid_argument', field: 'keep_length' });
      await expect(score({ tokens: [] })).rejects.toMatchObject({ code: 'invalid_argument', field: 'tokens' });
      await expect(score({ tokens: [49_152] })).rejects.toMatchObject({ field: 'tokens[0]' });
      await expect(score({ sessionId: 'nobody' })).rejects.toMatchObject({ code: 'unknown_session' });
      await target.close({ sessionId, fence: 1n });
      await expect(score({})).resolves.toHaveLength(1);
      await target.close(newer);
      await expect(target.open({ sessionId, fence: 1n })).rejects.toMatchObject({ code: 'stale_fence' });
    });
  });

  it.each(['worker', 'caller'] as const)('ends calls when it is disposed of, in the %s thread', async (thread) => {
    const { directory } = (await ensureDefaultPair()).draft;
    const engine = await createEngine({ modelDirectory: directory, slots: 1, threads: 1, maxCandidates: 8, thread });
    await engine.open({ sessionId: 'a', fence: 1n });
    const running = engine.prefill({ sessionId: 'a', fence: 1n, keepLength: 0, tokens: text.slice(0, 200) });
    const ended = running.then(
      () => 'done',
      (error: unknown) => error,
    );
    await engine.dispose();
    expect([await ended]).toEqual([expect.toSatisfy((end) => end === 'done' || end.code === 'disposed')]);
    await expect(engine.open({ sessionId: 'b', fence: 1n })).rejects.toMatchObject({ code: 'disposed' });
  });

  it.each(['worker', 'caller'] as const)('says what is wrong with a folder without a model: %s', async (thread) => {
    const options = { modelDirectory: import.meta.dirname, slots: 1, threads: 1, maxCandidates: 8, thread };
    await expect(createEngine(options)).rejects.toMatchObject({ name: 'EngineError', message: /holds no model/ });
  });
});
