import fc from 'fast-check';
import { graphSignature } from '@outrider/models';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURE, append, expected, read } from './kv-cache.fixture.js';
import { type CacheSlot, KvCache, capacityFor } from './kv-cache.js';

const { BLOCK_TOKENS } = graphSignature;

const step = fc.oneof(
  fc.record({ do: fc.constant('open' as const) }),
  fc.record({ do: fc.constant('append' as const), which: fc.nat(), count: fc.integer({ min: 1, max: 150 }) }),
  fc.record({
    do: fc.constant('truncate' as const),
    which: fc.nat(),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ do: fc.constant('close' as const), which: fc.nat() }),
  fc.record({ do: fc.constant('promote' as const), which: fc.nat() }),
);

describe('KvCache', () => {
  it('holds what was written, whatever its sessions do to each other', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const cache = new KvCache(ARCHITECTURE);
        const open: { slot: CacheSlot; marks: number[] }[] = [];
        let next = 1;
        for (const action of steps) {
          if (action.do === 'open') open.push({ slot: cache.open(), marks: [] });
          else {
            const session = open[action.which % Math.max(1, open.length)];
            if (session === undefined) continue;
            const { slot, marks } = session;
            if (action.do === 'append') {
              const fresh = Array.from({ length: action.count }, () => next++);
              append(cache, slot, fresh);
              marks.push(...fresh);
            } else if (action.do === 'truncate') {
              marks.length = Math.floor(action.share * marks.length);
              cache.truncate(slot, marks.length);
            } else if (action.do === 'promote') {
              const others = open.filter((_, i) => i % 3 === action.which % 3).map((other) => other.slot);
              const moving = [...new Set([slot, ...others])];
              const largest = Math.max(...moving.map(({ pool }) => pool.capacity));
              cache.move(moving, Math.max(largest, Math.min(2 * largest, 4096)));
              expect(new Set(moving.map(({ pool }) => pool)).size).toBe(1);
            } else {
              cache.close(slot);
              open.splice(open.indexOf(session), 1);
            }
          }
          for (const { slot, marks } of open) {
            expect(slot.pool.room).toBeLessThan(4 * slot.pool.members.length);
            expect(slot.pool.members[slot.index]).toBe(slot);
            for (let layer = 0; layer < ARCHITECTURE.layers; layer++) {
              expect(read(cache, slot, layer)).toEqual(expected(marks, layer, cache.rowSize));
            }
          }
        }
        for (const { slot } of open) cache.close(slot);
        expect(cache.size()).toBe(0);
      }),
      { numRuns: 60, seed: 20_241_018 },
    );
  });

  it('asks for capacities that are whole blocks and waste at most half', () => {
    for (let tokens = 1; tokens < 5000; tokens++) {
      const capacity = capacityFor(tokens);
      expect(capacity % BLOCK_TOKENS).toBe(0);
      expect(capacity).toBeGreaterThanOrEqual(tokens);
      if (tokens > 2 * BLOCK_TOKENS) expect(capacity).toBeLessThan(1.5 * tokens);
    }
  });
});
