import { seededRandom } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createConstraintCompiler } from './compiler.js';
import { END, SPECIAL, allowed, choice, compiler, isAllowed, jsonSchema, regex, tokens } from './walks.fixture.js';

const specs = [
  regex('(\\d{3})-[a-zé]{2,20}(foo|bar)*'),
  regex('[^x]*'),
  choice('yes', 'no', 'yesterday', 'maybe 😀'),
  jsonSchema({
    type: 'object',
    properties: { name: { type: 'string', maxLength: 6 }, tags: { type: 'array', items: { type: 'integer' } } },
    required: ['name'],
    additionalProperties: false,
  }),
  jsonSchema({}),
];

describe('a constraint state', () => {
  it('allows by its mask exactly the tokens that it accepts', async () => {
    const random = seededRandom(1);
    for (const spec of specs) {
      const state = (await compiler.compile(spec)).start();
      for (let step = 0; step < 25; step++) {
        for (let id = 0; id < tokens.length; id++) expect(state.fork().accept(id)).toBe(isAllowed(state, id));
        const options = allowed(state);
        expect(options.length).toBeGreaterThan(0);
        expect(state.accept(options[Math.floor(random() * options.length)] as number)).toBe(true);
      }
    }
  });

  it('is after a rollback as it was before, whatever was accepted, refused and taken back', async () => {
    const compiled = await Promise.all(specs.map((spec) => compiler.compile(spec)));
    const step = fc.record({ back: fc.nat(4), pick: fc.nat(10_000), raw: fc.boolean() });
    fc.assert(
      fc.property(fc.constantFrom(...compiled), fc.array(step, { maxLength: 40 }), (constraint, steps) => {
        const state = constraint.start();
        const kept: number[] = [];
        for (const { back, pick, raw } of steps) {
          const options = allowed(state);
          const id = (raw ? pick % tokens.length : options[pick % options.length]) as number;
          const wasAllowed = options.includes(id);
          expect(state.accept(id)).toBe(wasAllowed);
          if (wasAllowed) kept.push(id);
          const count = Math.min(back, kept.length);
          state.rollback(count);
          kept.length -= count;

          const replayed = constraint.start();
          for (const one of kept) replayed.accept(one);
          expect(state.length).toBe(kept.length);
          expect([...state.mask()]).toEqual([...replayed.mask()]);
          expect(state.isComplete).toBe(replayed.isComplete);
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('takes back no more than was accepted', async () => {
    const state = (await compiler.compile(choice('a'))).start();
    expect(() => state.rollback(1)).toThrow(RangeError);
    expect(() => state.rollback(-1)).toThrow(RangeError);
    state.accept(2 + 0x61);
    state.rollback(0);
    expect(state.length).toBe(1);
  });

  it('allows an end exactly where the output may end, and only ends after one', async () => {
    const state = (await compiler.compile(choice('a', 'ab'))).start();
    expect(isAllowed(state, END)).toBe(false);
    state.accept(2 + 0x61);
    expect(isAllowed(state, END)).toBe(true);
    expect(state.isComplete).toBe(false);
    state.accept(2 + 0x62);
    expect(allowed(state)).toEqual([END]);
    expect(state.isComplete).toBe(true);
    expect(state.accept(END)).toBe(true);
    expect(allowed(state)).toEqual([END]);
    expect(state.accept(2 + 0x61)).toBe(false);
    state.rollback(2);
    expect(state.isComplete).toBe(false);
  });

  it('never allows a token without bytes, nor an id outside the vocabulary', async () => {
    const state = (await compiler.compile(regex('[^]*'))).start();
    expect(isAllowed(state, SPECIAL)).toBe(false);
    expect(state.accept(SPECIAL)).toBe(false);
    expect(state.accept(tokens.length)).toBe(false);
    expect(state.accept(-1)).toBe(false);
  });

  it('stays right when the automaton forgets nodes that it stands on', async () => {
    // 2^14 nodes, more than are kept.
    const state = (await compiler.compile(regex('[ab]*a[ab]{13}'))).start();
    const random = seededRandom(3);
    let text = '';
    const mayEnd = (): boolean => text.length >= 14 && text.at(-14) === 'a';
    for (let step = 0; step < 30_000; step++) {
      const isA = random() < 0.5;
      expect(state.accept(2 + (isA ? 0x61 : 0x62))).toBe(true);
      text += isA ? 'a' : 'b';
      if (step % 500 === 0) expect(isAllowed(state, END)).toBe(mayEnd());
    }
    for (; text.length > 100; text = text.slice(0, -97)) {
      expect(isAllowed(state, END)).toBe(mayEnd());
      state.rollback(97);
    }
  });

  it('shares masks within long repetitions only as far as they are the same', async () => {
    // Tokens of 1 to 30 letters, with and without an end, so that at every distance from a bound one just fits.
    const letters = await createConstraintCompiler({
      tokenBytes: (id) => (id <= 30 ? 'a'.repeat(id) : `${'a'.repeat(id - 31)}b`),
      vocabularySize: 61,
      endTokenIds: [END],
    });
    const bounds = [
      [0, 55],
      [40, 55],
      [55, 55],
      [35, Infinity],
    ] as const;
    for (const [min, max] of bounds)
      for (const body of ['a', '(?:a|cc)', '(?:ac?)']) {
        const compiled = await letters.compile(regex(`${body}{${min},${max === Infinity ? '' : max}}b`));
        const state = compiled.start();
        do {
          const { length } = state;
          for (let id = 1; id <= 30; id++) expect(isAllowed(state, id)).toBe(length + id <= max);
          for (let id = 31; id <= 60; id++) {
            const written = length + id - 31;
            expect(isAllowed(state, id)).toBe(written >= min && written <= max);
          }
        } while (state.length < 70 && state.accept(1));
        expect(state.length).toBe(Math.min(max, 70));
      }
  });

  it('refuses to go where an output could be read in too many ways', async () => {
    const state = (await compiler.compile(regex('xyz(?:a?){3000}'))).start();
    expect([0x78, 0x79].map((byte) => state.accept(2 + byte))).toEqual([true, true]);
    const refusal = { name: 'ConstraintError', code: 'too_complex', field: 'constraint.regex' };
    expect(() => state.mask()).toThrow(expect.objectContaining(refusal));
    expect(() => state.accept(2 + 0x7a)).toThrow(expect.objectContaining(refusal));
    expect(state.length).toBe(2);
    state.rollback(1);
    expect(allowed(state)).toEqual([2 + 0x79]);
  });

  it('forks into a state of its own', async () => {
    const state = (await compiler.compile(choice('ab'))).start();
    const fork = state.fork();
    fork.accept(2 + 0x61);
    expect([state.length, fork.length]).toEqual([0, 1]);
    state.dispose();
    expect(fork.accept(2 + 0x62)).toBe(true);
  });
});
