import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RoutingCandidate, WORTHWHILE_PREFIX_TOKENS, hasChoice, route } from './routing.js';

const idle = (id: string, changes: Partial<RoutingCandidate> = {}): RoutingCandidate => ({
  id,
  avoided: false,
  load: 0,
  ...changes,
});
const first = (): number => 0;

describe('route', () => {
  it('goes back to where the cache is', () => {
    const candidates = [idle('a'), idle('b', { load: 0.9 }), idle('c')];
    const prefixTokens = new Map([['c', 500]]);
    expect(route(candidates, { own: 'b', prefixTokens }, first)?.id).toBe('b');
  });

  it.each([
    ['is gone', [idle('a'), idle('c')]],
    ['is to be avoided', [idle('a'), idle('b', { avoided: true }), idle('c')]],
    ['would have it wait', [idle('a'), idle('b', { load: 1 }), idle('c')]],
  ])('goes to the longest cached prefix where the replica with the cache %s', (_, candidates) => {
    const prefixTokens = new Map([
      ['a', WORTHWHILE_PREFIX_TOKENS],
      ['b', 900],
      ['c', 2 * WORTHWHILE_PREFIX_TOKENS],
    ]);
    expect(route(candidates, { own: 'b', prefixTokens }, first)?.id).toBe('c');
  });

  it('crowds nobody for what every chat begins with', () => {
    const candidates = [idle('a', { load: 0.75 }), idle('b', { load: 0.25 })];
    const prefixTokens = new Map([['a', WORTHWHILE_PREFIX_TOKENS - 16]]);
    for (const pick of [first, (below: number) => below - 1]) {
      expect(route(candidates, { prefixTokens }, pick)?.id).toBe('b');
    }
  });

  it('takes what is to be avoided when there is nothing else, and what is full when all are', () => {
    expect(route([idle('a', { avoided: true, load: 3 })], {}, first)?.id).toBe('a');
    const full = [idle('a', { load: 4 }), idle('b', { load: 2 }), idle('c', { avoided: true })];
    expect(route(full, {}, first)?.id).toBe('b');
    expect(route(full, { own: 'a' }, first)?.id).toBe('a');
    expect(route([], { own: 'a' }, first)).toBeUndefined();
  });
});

const candidate = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  avoided: fc.boolean(),
  load: fc.double({ min: 0, max: 3, noNaN: true }),
});
const candidates = fc.uniqueArray(candidate, { selector: ({ id }) => id, minLength: 1 });
const hints = fc.record({
  own: fc.option(fc.constantFrom('a', 'b', 'z'), { nil: undefined }),
  // Forged figures too.
  prefixTokens: fc.option(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'z'), fc.double())), { nil: undefined }),
});
const draw = fc.infiniteStream(fc.nat());

describe('whatever it is told, route', () => {
  const routed = (
    all: readonly RoutingCandidate[],
    told: { own: string | undefined; prefixTokens: [string, number][] | undefined },
    numbers: Iterator<number>,
  ) =>
    route(
      all,
      { own: told.own, prefixTokens: told.prefixTokens && new Map(told.prefixTokens) },
      (below) => (numbers.next().value as number) % below,
    );

  it('answers a candidate, and none to be avoided or full unless all that could serve are', () => {
    fc.assert(
      fc.property(candidates, hints, draw, (all, told, numbers) => {
        const chosen = routed(all, told, numbers);
        expect(all).toContain(chosen);
        if (all.some(({ avoided }) => !avoided)) expect(chosen?.avoided).toBe(false);
        const same = all.filter(({ avoided }) => avoided === chosen?.avoided);
        if (same.some(({ load }) => load < 1)) expect(chosen?.load).toBeLessThan(1);
      }),
    );
  });

  it('answers the only one the index could not change, where it has no choice to make', () => {
    fc.assert(
      fc.property(candidates, hints, draw, (all, told, numbers) => {
        fc.pre(!hasChoice(all, told.own));
        const chosen = routed(all, told, numbers);
        expect(routed(all, { own: told.own, prefixTokens: undefined }, numbers)).toBe(chosen);
      }),
    );
  });

  it('never takes the busier one of two that differ in nothing else', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        draw,
        (x, y, numbers) => {
          const chosen = routed(
            [idle('x', { load: x }), idle('y', { load: y })],
            { own: undefined, prefixTokens: undefined },
            numbers,
          );
          expect(chosen?.load).toBe(Math.min(x, y));
        },
      ),
    );
  });
});
