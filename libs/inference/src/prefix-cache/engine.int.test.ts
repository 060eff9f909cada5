/** What is kept must not be told from what a prefill makes: through whole engines, to the last bit. */
import { setImmediate } from 'node:timers/promises';
import { prefixChain } from '@outrider/contracts';
import { ensureDefaultPair } from '@outrider/models';
import type { DraftBlock, Sampling, TargetDistribution } from '@outrider/speculation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../engine.js';
import type { Engine, EngineError, EngineOptions, OpenRequest, SessionKey } from '../port.js';

const SAMPLED: Sampling = { temperature: 1, topK: 0, topP: 1, seed: 1n };
const CACHE_TOKENS = 300;

/** Of the default draft, a small model that scores as well as any. */
let engine: Engine;
let without: Engine;
let targetDirectory: string;
let draftDirectory: string;
let text: number[];
let other: number[];
const names = new Set<string>();

function engineOver(modelDirectory: string, more: Partial<EngineOptions> = {}): Promise<Engine> {
  return createEngine({ modelDirectory, slots: 4, threads: 1, maxCandidates: 64, thread: 'caller', ...more });
}

beforeAll(async () => {
  const { draft, target } = await ensureDefaultPair();
  targetDirectory = target.directory;
  draftDirectory = draft.directory;
  const onCacheChange: EngineOptions['onCacheChange'] = ({ added, removed }) => {
    for (const name of removed) names.delete(name);
    for (const name of added) names.add(name);
  };
  engine = await engineOver(draftDirectory, { cacheTokens: CACHE_TOKENS, onCacheChange });
  without = await engineOver(draftDirectory);
  const tokenizer = await target.loadTokenizer();
  text = tokenizer.encode('The keeper counted 17 ships before dawn, wrote their names down and slept. '.repeat(14));
  text = text.slice(0, 210);
  other = tokenizer.encode('Nobody answered the letters, although all of them were read aloud at supper. '.repeat(14));
}, 300_000);

afterAll(async () => {
  await Promise.all([engine, without].map((each) => each.dispose()));
});

/** The distributions after each token from `from` on, which the session does not hold yet. */
async function read(of: Engine, key: SessionKey, tokens: readonly number[], from = 0): Promise<TargetDistribution[]> {
  const positions: TargetDistribution[] = [];
  while (from < tokens.length) {
    const block = tokens.slice(from, from + 23);
    const draft = block.slice(1).map((id) => ({ id, candidateIds: [] }));
    const request = { ...key, keepLength: from, tokens: block.slice(0, 1), draft, sampling: SAMPLED };
    positions.push(...((await of.scoreBlocks([request]))[0]?.positions ?? []));
    from += block.length;
  }
  return positions;
}

let sessions = 0;
const newKey = (): SessionKey => ({ sessionId: `session-${sessions++}`, fence: 1n });

async function readFresh(tokens: readonly number[], from: number): Promise<TargetDistribution[]> {
  const key = newKey();
  await without.open({ ...key, tokens });
  const positions = await read(without, key, tokens);
  await without.close(key);
  return positions.slice(from);
}

/** Opens a session for the text, of which so much is cached, and reads the rest as one without a cache would. */
async function expectSame(key: SessionKey, tokens: readonly number[], cached: number): Promise<void> {
  expect(await engine.open({ ...key, tokens })).toEqual({ cachedLength: cached });
  const from = Math.min(cached, tokens.length - 1);
  expect(await read(engine, key, tokens, from)).toEqual(await readFresh(tokens, from));
}

/** Nothing else is kept then. */
async function keepOnly(tokens: readonly number[]): Promise<void> {
  const filler = Array.from({ length: CACHE_TOKENS }, (_, i) => 1 + ((sessions * 31 + i * 7) % 1000));
  for (const kept of [filler, tokens]) {
    const key = newKey();
    await engine.open(key);
    if (kept.length > 0) await engine.prefill({ ...key, keepLength: 0, tokens: kept });
    await engine.close(key);
  }
}

describe('a kept prefix', () => {
  it('serves the next turn of a conversation, with what was decoded too', async () => {
    await keepOnly([]);
    const key = newKey();
    await expectSame(key, text.slice(0, 150), 0);
    await engine.close(key);
    expect(engine.info().cachedTokens).toBeGreaterThanOrEqual(150);
    await expectSame({ ...key, fence: 2n }, text, 150);
    await engine.close({ ...key, fence: 2n });
    // Asked for again, all of it is there.
    await expectSame({ ...key, fence: 3n }, text, text.length);
    await engine.close({ ...key, fence: 3n });
  });

  it('serves a session with the same beginning while the first one runs, which goes on as if alone', async () => {
    await keepOnly([]);
    const [first, second] = [newKey(), newKey()];
    await engine.open({ ...first, tokens: text.slice(0, 130) });
    await engine.prefill({ ...first, keepLength: 0, tokens: text.slice(0, 130) });
    const question = [...text.slice(0, 100), ...other.slice(0, 40)];
    await expectSame(second, question, 100);
    expect(await read(engine, first, text, 130)).toEqual(await readFresh(text, 130));
    for (const key of [first, second]) await engine.close(key);
  });

  it('serves forks, which part from each other', async () => {
    await keepOnly(text.slice(0, 140));
    const forks = [newKey(), newKey(), newKey()];
    const ways = forks.map((_, i) => [...text.slice(0, 140), ...other.slice(i, i + 30)]);
    for (const [i, key] of forks.entries()) {
      expect(await engine.open({ ...key, tokens: ways[i] })).toEqual({ cachedLength: 140 });
    }
    for (const [i, key] of forks.entries()) {
      expect(await read(engine, key, ways[i] as number[], 140)).toEqual(await readFresh(ways[i] as number[], 140));
    }
    for (const key of forks) await engine.close(key);
  });

  it('serves up to where an earlier turn was changed', async () => {
    await keepOnly(text.slice(0, 140));
    for (const place of [0, 10, 64, 100, 130]) {
      const changed = text.slice(0, 150).with(place, 7);
      const key = newKey();
      await expectSame(key, changed, place);
      await engine.close(key);
      await keepOnly(text.slice(0, 140));
    }
  });

  it('is rolled back as a prefill is', async () => {
    await keepOnly(text.slice(0, 140));
    const key = newKey();
    expect(await engine.open({ ...key, tokens: text })).toEqual({ cachedLength: 140 });
    expect(await read(engine, key, text, 50)).toEqual(await readFresh(text, 50));
    await engine.close(key);
  });

  it('gives way to others, and the text stays the same', async () => {
    await keepOnly(text);
    await keepOnly(other.slice(0, CACHE_TOKENS));
    expect(engine.info().cachedTokens).toBeLessThanOrEqual(CACHE_TOKENS);
    const key = newKey();
    await expectSame(key, text.slice(0, 70), 0);
    await engine.close(key);
  });

  it('is matched by its tokens, whatever is asked for', async () => {
    await keepOnly(text.slice(0, 70));
    const open = async (tokens: readonly number[]) => {
      const key = newKey();
      const { cachedLength } = await engine.open({ ...key, tokens });
      await engine.close(key);
      return cachedLength;
    };
    expect(await open([])).toBe(0);
    expect(await open([-1, Number.NaN])).toBe(0);
    expect(await open([...text.slice(0, 69), 2 ** 40])).toBe(69);
    expect(await open(Array.from({ length: 100_000 }, (_, i) => text[i] ?? 1))).toBe(70);
  });

  it('has the names of its prefixes', async () => {
    await keepOnly(text.slice(0, 150));
    expect(names).toEqual(new Set([...prefixChain(text.slice(0, 150)), ...names]));
    expect(names.size).toBeLessThanOrEqual(CACHE_TOKENS / 16);
    await keepOnly(other.slice(0, CACHE_TOKENS));
    for (const name of prefixChain(text)) expect(names).not.toContain(name);
  });
});

describe('a session that is taken over', () => {
  it('goes on with what it held, and what others left of the rest', async () => {
    await keepOnly(text.slice(0, 190));
    const key = newKey();
    const changed = text.slice(0, 120).with(80, 7);
    await expectSame(key, changed, 80);
    // Its own cache is right for 80 tokens of this text, and the kept one for 190.
    const next = { ...key, fence: 2n };
    await expectSame(next, text, 190);
    await expect(engine.prefill({ ...key, keepLength: 0, tokens: [1] })).rejects.toMatchObject({ code: 'stale_fence' });
    // What the first owner left is kept as well.
    await expectSame(newKey(), changed, 120);
    expect(engine.info().slotsInUse).toBe(2);
    await engine.close(next);
    await engine.close({ sessionId: `session-${sessions - 2}`, fence: 1n });
  });

  it('leaves behind what its former owner had under way', async () => {
    await keepOnly([]);
    const key = newKey();
    const next = { ...key, fence: 2n };
    await engine.open({ ...key, tokens: text });
    const running = engine.prefill({ ...key, keepLength: 0, tokens: text }).catch(({ code }: EngineError) => code);
    while (!names.has(prefixChain(text)[0] as string)) await setImmediate();
    const { cachedLength } = await engine.open({ ...next, tokens: text });
    expect(cachedLength).toBeGreaterThanOrEqual(64);
    expect(cachedLength).toBeLessThan(text.length);
    expect(await read(engine, next, text, cachedLength)).toEqual(await readFresh(text, cachedLength));
    expect(await running).toBe('stale_fence');
    await engine.close(next);
  });

  it('keeps its own without a cache', async () => {
    const key = newKey();
    await without.open({ ...key, tokens: text });
    await without.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 120) });
    const changed = text.with(90, 7);
    expect(await without.open({ ...key, fence: 2n, tokens: changed })).toEqual({ cachedLength: 90 });
    const next = { ...key, fence: 2n };
    expect(await read(without, next, changed, 90)).toEqual(await readFresh(changed, 90));
    await without.close(next);
  });
});

describe('drafts', () => {
  const limits = { maxTokens: 5, minTokens: 1, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };

  async function draft(of: Engine, request: OpenRequest, tokens: readonly number[]): Promise<DraftBlock['tokens']> {
    const { cachedLength } = await of.open({ ...request, tokens });
    const keepLength = Math.min(cachedLength, tokens.length - 1);
    const { sessionId, fence } = request;
    const block = { sessionId, fence, keepLength, tokens: tokens.slice(keepLength), sampling: SAMPLED, limits };
    const drafted = await of.draftBlock(block);
    await of.close(request);
    return drafted.tokens;
  }

  it.each(['neural', 'hybrid', 'ngram'] as const)('are the same from a kept prefix: %s', async (draftKind) => {
    for (const tokens of [text.slice(0, 200), [...text.slice(0, 160), ...text.slice(30, 39)]]) {
      await keepOnly(text.slice(0, 170));
      const drafted = await draft(engine, { ...newKey(), draftKind }, tokens);
      expect(drafted.length).toBe(limits.maxTokens);
      expect(drafted).toEqual(await draft(without, { ...newKey(), draftKind }, tokens));
    }
  });

  it('go on from what a session of another kind held', async () => {
    const key = newKey();
    await without.open(key);
    await without.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 100) });
    const asNgram = { ...key, fence: 2n, draftKind: 'ngram' as const, tokens: text.slice(0, 90) };
    expect(await without.open(asNgram)).toEqual({ cachedLength: 90 });
    const asHybrid = { ...key, fence: 3n, draftKind: 'hybrid' as const };
    expect(await draft(without, asHybrid, text)).toEqual(
      await draft(without, { ...newKey(), draftKind: 'hybrid' }, text),
    );
  });
});

it('tells of its cache from a thread of its own, before the call that changed it ends', async () => {
  const held = new Set<string>();
  const worker = await engineOver(draftDirectory, {
    thread: 'worker',
    cacheTokens: 100,
    onCacheChange({ added, removed }) {
      for (const name of removed) held.delete(name);
      for (const name of added) held.add(name);
    },
  });
  expect(worker.info()).toMatchObject({ cachedTokens: 0, blockTokens: 64 });
  const key = newKey();
  await worker.open(key);
  await worker.prefill({ ...key, keepLength: 0, tokens: text.slice(0, 80) });
  expect(held).toEqual(new Set(prefixChain(text.slice(0, 80))));
  expect(worker.info()).toMatchObject({ cachedTokens: 80, slotsInUse: 1 });
  await worker.close(key);
  expect(await worker.open({ ...key, fence: 2n, tokens: text })).toEqual({ cachedLength: 80 });
  await worker.prefill({ ...key, fence: 2n, keepLength: 0, tokens: other.slice(0, 90) });
  expect(held).toEqual(new Set(prefixChain(other.slice(0, 90))));
  await worker.dispose();
});

it('is the same on the default target', async () => {
  const target = await engineOver(targetDirectory, { cacheTokens: 200, threads: 2 });
  const [first, second] = [newKey(), newKey()];
  await target.open(first);
  const positions = await read(target, first, text.slice(0, 170));
  await target.close(first);
  expect(await target.open({ ...second, tokens: text.slice(0, 170) })).toEqual({ cachedLength: 170 });
  expect(await read(target, second, text.slice(0, 170), 140)).toEqual(positions.slice(140));
  await target.close(second);
  await target.dispose();
});
