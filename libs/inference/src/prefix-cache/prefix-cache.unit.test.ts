import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURE, append, expected, read } from '../kv-cache.fixture.js';
import { type CacheSlot, KvCache } from '../kv-cache.js';
import { type PrefixCache, createPrefixCache } from './prefix-cache.js';

/** A slot with the text, of which the first tokens come from what is kept. */
function open(cache: KvCache, prefixes: PrefixCache, text: readonly number[]): { slot: CacheSlot; cached: number } {
  const found = prefixes.find(text);
  const slot = cache.open(found.length);
  prefixes.extend(slot, found);
  expect(slot.tokens).toEqual(text.slice(0, found.length));
  append(cache, slot, text.slice(found.length));
  return { slot, cached: found.length };
}

function expectText(cache: KvCache, slot: CacheSlot, text: readonly number[]): void {
  expect(slot.tokens).toEqual(text);
  for (let layer = 0; layer < ARCHITECTURE.layers; layer++) {
    expect(read(cache, slot, layer)).toEqual(expected(text, layer, cache.rowSize));
  }
}

const text = fc
  .array(fc.tuple(fc.nat(1), fc.constantFrom(1, 15, 40, 63, 64, 65)), { minLength: 1, maxLength: 5 })
  .map((runs) => runs.flatMap(([token, length], i) => Array.from({ length }, (_, j) => 1000 * i + 100 * token + j)));

describe('kept prefixes', () => {
  it('are the rows that were written, in slots that come and go', () => {
    let cached = 0;
    const step = fc.record({ text, keptAt: fc.double({ min: 0, max: 1, noNaN: true }), closes: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const cache = new KvCache(ARCHITECTURE);
        const prefixes = createPrefixCache(ARCHITECTURE, cache, { cacheTokens: 500 }) as PrefixCache;
        const sessions: { slot: CacheSlot; text: readonly number[] }[] = [];
        for (const { text, keptAt, closes } of steps) {
          const opened = open(cache, prefixes, text);
          cached += opened.cached;
          sessions.push({ slot: opened.slot, text });
          // From a whole tail, from a tail begun, and behind a rollback.
          const length = Math.ceil(keptAt * text.length);
          cache.truncate(opened.slot, length);
          prefixes.keep(opened.slot);
          append(cache, opened.slot, text.slice(length));
          for (const { slot, text } of sessions) expectText(cache, slot, text);
          for (const { slot } of sessions.splice(0, closes)) {
            prefixes.keep(slot);
            cache.close(slot);
          }
        }
        for (const { slot } of sessions) cache.close(slot);
        expect(cache.size()).toBe(0);
      }),
      { numRuns: 60, seed: 20_261_124 },
    );
    expect(cached).toBeGreaterThan(2000);
  });

  it('go on behind what a slot holds of them, in the middle of a block', () => {
    const cache = new KvCache(ARCHITECTURE);
    const prefixes = createPrefixCache(ARCHITECTURE, cache, { cacheTokens: 500 }) as PrefixCache;
    const text = Array.from({ length: 300 }, (_, i) => i);
    const { slot: first } = open(cache, prefixes, text);
    prefixes.keep(first);
    for (const length of [0, 1, 63, 64, 65, 128, 191, 192, 299, 300]) {
      const slot = cache.open();
      append(cache, slot, text.slice(0, length));
      prefixes.extend(slot, prefixes.find(text));
      expectText(cache, slot, text);
      cache.close(slot);
    }
    expectText(cache, first, text);
  });

  it('are none without room for them', () => {
    expect(createPrefixCache(ARCHITECTURE, new KvCache(ARCHITECTURE), {})).toBeUndefined();
  });
});

it('memory stays the same over thousands of sessions', () => {
  const cache = new KvCache(ARCHITECTURE);
  const names = new Set<string>();
  const prefixes = createPrefixCache(ARCHITECTURE, cache, {
    cacheTokens: 640,
    onCacheChange({ added, removed }) {
      for (const name of removed) names.delete(name);
      for (const name of added) names.add(name);
    },
  }) as PrefixCache;
  const floats = 2 * ARCHITECTURE.layers * ARCHITECTURE.keyValueHeads * ARCHITECTURE.headSize;
  const texts = (i: number): number[] => [
    ...Array.from({ length: 100 }, (_, token) => token),
    ...Array.from({ length: i % 150 }, (_, token) => 1000 + ((i * 7919 + token) % 100_000)),
  ];
  const { slot: longest } = open(cache, prefixes, texts(149));
  const most = cache.size();
  cache.close(longest);
  for (let i = 0; i < 4000; i++) {
    const { slot, cached } = open(cache, prefixes, texts(i));
    if (i > 0) expect(cached).toBeGreaterThanOrEqual(100);
    expect(cache.size()).toBeLessThanOrEqual(most);
    prefixes.keep(slot);
    cache.close(slot);
    expect(cache.size()).toBe(0);
    expect(prefixes.tokens).toBeLessThanOrEqual(640);
    expect(names.size).toBeLessThanOrEqual(640 / 16);
  }
  const { entries } = prefixes.find(texts(3999));
  for (const { rows, tokens } of entries) {
    expect(rows.length).toBe(tokens.length * floats);
    // It holds on to no larger array.
    expect(rows.buffer.byteLength).toBe(4 * rows.length);
  }
});
