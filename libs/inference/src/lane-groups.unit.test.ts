import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { ARCHITECTURE, append, expected, read } from './kv-cache.fixture.js';
import { type CacheSlot, KvCache } from './kv-cache.js';
import { groupLanes, tokensOfPass } from './lane-groups.js';
import type { Lane } from './lanes.js';

const PASS_TOKENS = 2000;

function laneOf(slot: CacheSlot): Lane {
  return { slot, tokens: [1], scored: 1, temperature: 1, lawSize: 0 };
}

/** A cache with sessions of so many tokens; `group` answers which of them share passes. */
function sessionsOf(lengths: readonly number[]) {
  const cache = new KvCache(ARCHITECTURE);
  const slots = lengths.map((length, i) => {
    const slot = cache.open();
    append(
      cache,
      slot,
      Array.from({ length }, (_, token) => 1000 * i + token),
    );
    return slot;
  });
  const group = (chosen: readonly number[] = slots.map((_, i) => i), passTokens = PASS_TOKENS): number[][] =>
    groupLanes(
      chosen.map((i) => laneOf(slots[i] as CacheSlot)),
      passTokens,
      (moving, capacity) => cache.move(moving, capacity),
    ).map(({ lanes }) => lanes.map(({ slot }) => slots.indexOf(slot)).sort((a, b) => a - b));
  return { cache, group, slots };
}

describe('lanes share a pass', () => {
  it('over sessions of different lengths, when reading the padding is cheaper than the weights', () => {
    const { group, slots } = sessionsOf([70, 70, 600]);
    expect(group()).toEqual([[0, 1, 2]]);
    expect(slots.map(({ pool }) => pool.capacity)).toEqual([768, 768, 768]);
  });

  it('not with a session that would make many others read far too much', () => {
    const { group } = sessionsOf([70, 70, 70, 70, 70, 600]);
    expect(group()).toEqual([[0, 1, 2, 3, 4], [5]]);
  });

  it('across slots that are idle, as long as reading those is cheaper', () => {
    const { group } = sessionsOf([70, 70, 70, 70]);
    expect(group([0, 3])).toEqual([[0, 3]]);
    expect(group([0, 3], 200)).toEqual([[0], [3]]);
  });

  it('and go down again once a long session has been away for long', () => {
    const { cache, group, slots } = sessionsOf([70, 70, 600]);
    group();
    for (let pass = 0; pass < 5; pass++) {
      for (let i = 0; i < 50; i++) group();
      expect(slots[0]?.pool.capacity).toBe(768);
    }
    cache.close(slots[2] as CacheSlot);
    let passes = 0;
    while (slots[0]?.pool.capacity === 768 && passes < 100) {
      expect(group([0, 1])).toEqual([[0, 1]]);
      passes++;
    }
    expect(passes).toBeLessThan(10);
    expect(slots.slice(0, 2).map(({ pool }) => pool.capacity)).toEqual([64, 64]);
  });

  it('each in one pass, and what they hold stays the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.uniqueArray(fc.nat(5), { minLength: 1 }), fc.integer({ min: 1, max: 3000 })), {
          maxLength: 6,
        }),
        (lengths, passes) => {
          const { cache, group, slots } = sessionsOf(lengths);
          for (const [wanted, passTokens] of passes) {
            const chosen = wanted.filter((i) => i < lengths.length);
            if (chosen.length === 0) continue;
            expect(group(chosen, passTokens).flat().sort()).toEqual([...chosen].sort());
          }
          for (const [i, slot] of slots.entries()) {
            const marks = Array.from({ length: lengths[i] as number }, (_, token) => 1000 * i + token);
            expect(read(cache, slot, 1)).toEqual(expected(marks, 1, cache.rowSize));
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

it('a pass over the default target is worth about 2,200 tokens of its caches', () => {
  const architecture = {
    ...ARCHITECTURE,
    hiddenSize: 576,
    layers: 30,
    heads: 9,
    keyValueHeads: 3,
    headSize: 64,
    feedForwardSize: 1536,
  };
  expect(tokensOfPass({ architecture, headRows: 49_152 })).toBeCloseTo(2189, -1);
});
