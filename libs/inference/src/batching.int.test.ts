/** Many sessions at a time on the default pair: what each of them gets is, to the last bit, what it gets alone. */
import { ensureDefaultPair } from '@outrider/models';
import type { BlockScores, DraftBlock, Sampling } from '@outrider/speculation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from './engine.js';
import type { EngineError } from './port.js';
import { type Engine, type SessionKey } from './port.js';

const THREADS = ['worker', 'caller'] as const;
const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, seed: 1n };
const SAMPLED: Sampling = { temperature: 0.8, topK: 0, topP: 1, seed: 1n };
const SESSIONS = 5;
const targets: Partial<Record<(typeof THREADS)[number], Engine>> = {};
let draft: Engine;
let text: number[];

beforeAll(async () => {
  const pair = await ensureDefaultPair();
  const options = { slots: SESSIONS + 1, threads: 2, maxCandidates: 16 };
  for (const thread of THREADS) {
    targets[thread] = await createEngine({ ...options, modelDirectory: pair.target.directory, thread });
  }
  draft = await createEngine({ ...options, modelDirectory: pair.draft.directory, thread: 'caller' });
  const tokenizer = await pair.target.loadTokenizer();
  text = tokenizer.encode(
    Array.from({ length: 40 }, (_, i) => `Ship ${i * 37} left at ${i} with ${i * i} crates; `).join(''),
  );
}, 300_000);

afterAll(async () => {
  await Promise.all([...Object.values(targets), draft].map((engine) => engine.dispose()));
});

let named = 0;
async function withSession<T>(engine: Engine, use: (key: SessionKey) => Promise<T>): Promise<T> {
  const key = { sessionId: `session-${named++}`, fence: 1n };
  await engine.open(key);
  try {
    return await use(key);
  } finally {
    await engine.close(key);
  }
}

/** Reads a part of the text of the session's own, and has blocks of its own widths scored behind it. */
function score(engine: Engine, which: number): Promise<BlockScores[]> {
  return withSession(engine, async (key) => {
    const own = text.slice(11 * which);
    const prompt = [5, 60, 61, 130, 200][which % 5] as number;
    await engine.prefill({ ...key, keepLength: 0, tokens: own.slice(0, prompt) });
    const all: BlockScores[] = [];
    let at = prompt;
    for (let block = 0; block < 6; block++) {
      const tokens = own.slice(at, at + 1 + ((block + which) % 4));
      const drafted = tokens.slice(1).map((id) => ({ id, candidateIds: [id, 100 + which] }));
      const request = { ...key, keepLength: at, tokens: tokens.slice(0, 1), draft: drafted };
      all.push(...(await engine.scoreBlocks([{ ...request, sampling: which % 2 === 0 ? GREEDY : SAMPLED }])));
      at += tokens.length;
    }
    return all;
  });
}

function blocksOf(which: number): Promise<DraftBlock[]> {
  const limits = { maxTokens: 5, minTokens: 1, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };
  return withSession(draft, async (key) => {
    const own = text.slice(11 * which);
    const start = 30 + 40 * which;
    await draft.prefill({ ...key, keepLength: 0, tokens: own.slice(0, start) });
    const all: DraftBlock[] = [];
    for (let at = start; at < start + 16; at += 4) {
      const sampling = which % 2 === 0 ? GREEDY : SAMPLED;
      all.push(await draft.draftBlock({ ...key, keepLength: at, tokens: own.slice(at, at + 4), sampling, limits }));
    }
    return all;
  });
}

const sessions = Array.from({ length: SESSIONS }, (_, i) => i);

describe.each(THREADS)('scores in the thread of the %s', (thread) => {
  it('are those of each session alone, in shared passes, beside prompts that are read', async () => {
    const engine = targets[thread] as Engine;
    const alone: BlockScores[][] = [];
    for (const which of sessions) alone.push(await score(engine, which));
    const together = await Promise.all(sessions.map((which) => score(engine, which)));
    const figures = (all: readonly BlockScores[][]) =>
      all.map((blocks) => blocks.map(({ kvLength, positions }) => ({ kvLength, positions })));
    expect(figures(together)).toEqual(figures(alone));
    for (const { batchSize, queueMs } of alone.flat()) {
      expect(batchSize).toBe(1);
      expect(queueMs).toBeGreaterThanOrEqual(0);
    }
    expect(Math.max(...together.flat().map(({ batchSize }) => batchSize))).toBeGreaterThan(1);
  });
});

it('drafts are those of each session alone, stepped together', async () => {
  const alone: DraftBlock[][] = [];
  for (const which of sessions) alone.push(await blocksOf(which));
  const together = await Promise.all(sessions.map(blocksOf));
  const figures = (all: readonly DraftBlock[][]) =>
    all.map((blocks) => blocks.map((block) => ({ ...block, computeMs: 0 })));
  expect(figures(together)).toEqual(figures(alone));
});

describe('a session that ends', () => {
  it('by its close takes what it waits for along, and no other session', async () => {
    const engine = targets.caller as Engine;
    const key = { sessionId: 'closing', fence: 1n };
    await engine.open(key);
    const long = engine.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 300) });
    const ended = expect(long).rejects.toMatchObject({ code: 'unknown_session' });
    const other = score(engine, 1);
    setTimeout(() => void engine.close(key), 20);
    await ended;
    expect(await other).toHaveLength(6);
  });

  it('by a newer owner does so too, who goes on with its slot', async () => {
    const engine = targets.caller as Engine;
    const key = { sessionId: 'taken', fence: 1n };
    await engine.open(key);
    const long = engine.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 300) });
    const refused = expect(long).rejects.toMatchObject({ code: 'stale_fence' });
    const newer = { ...key, fence: 2n };
    const { cachedLength } = await engine.open(newer);
    await refused;
    expect(cachedLength).toBeLessThan(300);
    await engine.prefill({ ...newer, keepLength: cachedLength, tokens: text.slice(cachedLength, 200) });
    const block = { keepLength: 200, tokens: text.slice(200, 201), draft: [], sampling: SAMPLED };
    const [scored] = await engine.scoreBlocks([{ ...newer, ...block }]);
    const [fresh] = await withSession(engine, async (own) => {
      await engine.prefill({ ...own, keepLength: 0, tokens: text.slice(0, 200) });
      return engine.scoreBlocks([{ ...own, ...block }]);
    });
    expect(scored?.positions).toEqual(fresh?.positions);
    await engine.close(newer);
  });

  it('by its caller, before its turn or between chunks, leaves the cache where the last pass did', async () => {
    const engine = targets.worker as Engine;
    await withSession(engine, async (key) => {
      const controller = new AbortController();
      const long = engine.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 400) }, controller.signal);
      const behind = engine.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 9) }, controller.signal);
      setTimeout(() => controller.abort(), 60);
      const codes = await Promise.all([long, behind].map((call) => call.catch((error: unknown) => error)));
      for (const error of codes) expect((error as EngineError).code).toBe('aborted');
      const { cachedLength } = await engine.open(key);
      expect(cachedLength).toBeLessThan(400);
    });
  });
});
