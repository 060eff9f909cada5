import type { ConstraintSpec, Sampling } from '@outrider/speculation';
import { describe, expect, it } from 'vitest';
import type { DraftBlockRequest, DraftEngine, NgramEngineOptions } from '../port.js';
import { createNgramEngine } from './engine.js';

const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, seed: 1n };
const SAMPLED: Sampling = { ...GREEDY, temperature: 1 };
const LIMITS = { maxTokens: 6, minTokens: 1, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };
const END = 9;

function engineOf(options: Partial<NgramEngineOptions> = {}): DraftEngine {
  const common = { vocabularySize: 50, contextLength: 100, endTokenIds: [END], slots: 2, maxCandidates: 64 };
  return createNgramEngine({ ...common, ...options });
}

const key = { sessionId: 'a', fence: 1n };

/** An open session that holds these tokens. */
async function sessionOf(tokens: readonly number[], options: Partial<NgramEngineOptions> = {}): Promise<DraftEngine> {
  const engine = engineOf(options);
  await engine.open(key);
  await engine.prefill({ ...key, keepLength: 0, tokens });
  return engine;
}

const block = (keepLength: number, tokens: readonly number[], more: Partial<DraftBlockRequest> = {}) => ({
  ...key,
  keepLength,
  tokens,
  sampling: GREEDY,
  limits: LIMITS,
  ...more,
});

const SENTENCE = [10, 11, 12, 13, 14, 15, 16, 17];

describe('an n-gram engine', () => {
  it('goes on as the text did before, and makes no pass', async () => {
    const engine = await sessionOf([...SENTENCE, 10, 11]);
    const drafted = await engine.draftBlock(block(10, [12]));
    expect(drafted.tokens.map(({ id }) => id)).toEqual([13, 14, 15, 16, 17, 10]);
    expect(drafted).toMatchObject({ stopReason: 'max_tokens', kvLength: 17, passes: 0 });
    for (const { candidates, id, source, topProbability } of drafted.tokens) {
      expect(source).toBe('ngram');
      expect(candidates).toEqual({ ids: [id], probabilities: [1] });
      expect(topProbability).toBeLessThan(1);
    }
    // Each token that agrees makes the match longer, and the next token surer.
    const sureness = drafted.tokens.slice(0, 5).map(({ topProbability }) => topProbability);
    expect([...sureness].sort((a, b) => a - b)).toEqual(sureness);
    const entropies = drafted.tokens.slice(0, 5).map(({ entropy }) => entropy);
    expect([...entropies].sort((a, b) => b - a)).toEqual(entropies);
  });

  it('rolls back to what is kept, and drafts then as one that never knew more', async () => {
    const engine = await sessionOf([...SENTENCE, 10, 11]);
    await engine.draftBlock(block(10, [12]));
    const wrong = await engine.draftBlock(block(12, [20, 10, 11], { sampling: SAMPLED }));
    const other = await sessionOf([...SENTENCE, 10, 11, 12, 13].slice(0, 12));
    const fresh = await other.draftBlock(block(12, [20, 10, 11], { sampling: SAMPLED }));
    expect(wrong.tokens).toEqual(fresh.tokens);
    expect(wrong.kvLength).toBe(15 + wrong.tokens.length);
  });

  it('has nothing to say where the last token is new, or nothing is probable', async () => {
    const engine = await sessionOf(SENTENCE);
    expect(await engine.draftBlock(block(8, [20]))).toMatchObject({ tokens: [], stopReason: 'no_match', kvLength: 9 });
    // After 30 came six different tokens.
    const many = await sessionOf([1, 2, 3, 4, 5, 6].flatMap((id) => [30, id]));
    expect(await many.draftBlock(block(12, [30]))).toMatchObject({ tokens: [], stopReason: 'no_match' });
  });

  it('is held to the limits as every draft is', async () => {
    const engine = await sessionOf([...SENTENCE, 10, 11]);
    const free = await engine.draftBlock(block(10, [12]));
    const [first, second] = free.tokens;
    const maxEntropy = ((first?.entropy ?? 0) + (second?.entropy ?? 0)) / 2;
    const before = await engine.draftBlock(block(10, [12], { limits: { ...LIMITS, minTokens: 0, maxEntropy } }));
    expect(before).toMatchObject({ tokens: [], stopReason: 'entropy', stoppingEntropy: first?.entropy });
    const minTopProbability = ((first?.topProbability ?? 0) + (second?.topProbability ?? 0)) / 2;
    const limits = { ...LIMITS, minTokens: 0, minTopProbability };
    expect((await engine.draftBlock(block(10, [12], { limits }))).stopReason).toBe('top_probability');
    // What needs no pass is proposed whatever a pass would have to be worth.
    const survival = { predictors: {}, beforePass: [2], toPropose: [] };
    const passless = await engine.draftBlock(block(10, [12], { limits: { ...LIMITS, survival } }));
    expect(passless.tokens).toEqual(free.tokens);
  });

  it('ends with the text, and with the context', async () => {
    const ended = await sessionOf([10, 11, 12, END, 20, 10]);
    const drafted = await ended.draftBlock(block(6, [11]));
    expect(drafted.tokens.map(({ id }) => id)).toEqual([12, END]);
    expect(drafted.stopReason).toBe('end_of_text');
    const small = await sessionOf([...SENTENCE, 10, 11], { contextLength: 13 });
    expect(await small.draftBlock(block(10, [12]))).toMatchObject({ stopReason: 'context', kvLength: 13 });
  });

  it('samples from what it sends, and with the target’s clocks when coupled', async () => {
    const texts = [10, 11, 10, 12, 10, 11, 10, 13];
    const drawn = new Set<number>();
    for (let seed = 1n; seed <= 40n; seed++) {
      for (const acceptance of ['rejection', 'coupled'] as const) {
        const engine = await sessionOf(texts);
        const sampling = { ...SAMPLED, seed };
        const { tokens } = await engine.draftBlock(block(8, [10], { sampling, acceptance }));
        const [token] = tokens;
        expect(token?.candidates.ids).toEqual([11, 13, 12]);
        const sum = token?.candidates.probabilities.reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(1, 6);
        expect(token?.candidates.probabilities.map(Math.fround)).toEqual(token?.candidates.probabilities);
        drawn.add(token?.id ?? -1);
        const again = await (await sessionOf(texts)).draftBlock(block(8, [10], { sampling, acceptance }));
        expect(again.tokens).toEqual(tokens);
      }
    }
    expect([...drawn].sort()).toEqual([11, 12, 13]);
  });

  it('proposes nothing that is banned, and less of what is penalised', async () => {
    const start = [40, 41, 42, 43, 10];
    const text = [11, 12, 11].flatMap((id, i) => [...start, id, 20 + i]);
    const lawOf = async (adjustments: object, promptTokens = 0) => {
      const engine = await sessionOf(text);
      const sampling = { ...SAMPLED, adjustments };
      const { tokens } = await engine.draftBlock(block(text.length, start, { sampling, promptTokens }));
      return tokens[0]?.candidates;
    };
    const plain = await lawOf({});
    expect(plain?.ids).toEqual([11, 12]);
    expect((await lawOf({ bias: [{ id: 11, bias: -Infinity }] }))?.ids).toEqual([12]);
    expect((await lawOf({ bias: [{ id: 12, bias: 3 }] }))?.ids).toEqual([12, 11]);
    // In the generated text 11 stands twice and 12 once; nowhere, where all of that is the prompt.
    expect((await lawOf({ frequencyPenalty: 1 }))?.ids).toEqual([12, 11]);
    expect(await lawOf({ frequencyPenalty: 1 }, text.length)).toEqual(plain);
    expect(await lawOf({ repetitionPenalty: 2 })).toEqual(plain);
    const engine = await sessionOf([10, 11, 20, 10]);
    const adjustments = { bias: [{ id: 11, bias: -Infinity }] };
    const none = await engine.draftBlock(block(3, [10], { sampling: { ...GREEDY, adjustments } }));
    expect(none).toMatchObject({ tokens: [], stopReason: 'no_match' });
  });

  it('keeps fences and slots, and refuses what it has not', async () => {
    const engine = engineOf();
    await engine.open({ sessionId: 'a', fence: 2n });
    await expect(engine.open({ sessionId: 'a', fence: 1n })).rejects.toMatchObject({ code: 'stale_fence' });
    await expect(engine.prefill({ ...key, keepLength: 0, tokens: [1] })).rejects.toMatchObject({ code: 'stale_fence' });
    await engine.prefill({ sessionId: 'a', fence: 2n, keepLength: 0, tokens: SENTENCE });
    expect(await engine.open({ sessionId: 'a', fence: 3n })).toEqual({ cachedLength: 8 });
    const tokens = [...SENTENCE.slice(0, 6), 20, 21];
    expect(await engine.open({ sessionId: 'a', fence: 3n, tokens })).toEqual({ cachedLength: 6 });
    expect(await engine.open({ sessionId: 'b', fence: 1n, tokens })).toEqual({ cachedLength: 0 });
    await engine.prefill({ sessionId: 'a', fence: 3n, keepLength: 6, tokens: [20, 21] });
    await expect(engine.open({ sessionId: 'c', fence: 1n })).rejects.toMatchObject({ code: 'slots_exhausted' });
    await engine.close({ sessionId: 'b', fence: 1n });
    expect(engine.info().slotsInUse).toBe(1);

    const refused = engine.open({ sessionId: 'c', fence: 1n, draftKind: 'hybrid' });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_argument', field: 'draft_kind' });
    const constraint: ConstraintSpec = { kind: 'regex', pattern: 'a+' };
    const constrained = engine.open({ sessionId: 'c', fence: 1n, constraint });
    await expect(constrained).rejects.toMatchObject({ code: 'invalid_argument', field: 'sampling.constraint' });
    const append = (keepLength: number, tokens: readonly number[]) =>
      engine.prefill({ sessionId: 'a', fence: 3n, keepLength, tokens });
    await expect(append(9, [1])).rejects.toMatchObject({ code: 'invalid_argument', field: 'keep_length' });
    await expect(append(8, [])).rejects.toMatchObject({ code: 'invalid_argument', field: 'tokens' });
    await expect(append(8, [1, 50])).rejects.toMatchObject({ code: 'invalid_argument', field: 'tokens[1]' });
    await expect(append(8, Array<number>(93).fill(1))).rejects.toMatchObject({ code: 'context_full' });

    const gone = AbortSignal.abort();
    await expect(engine.draftBlock(block(0, [1]), gone)).rejects.toMatchObject({ code: 'aborted' });
    await engine.dispose();
    await expect(append(8, [1])).rejects.toMatchObject({ code: 'disposed' });
  });
});
