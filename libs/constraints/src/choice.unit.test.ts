import { seededRandom } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createConstraintCompiler } from './compiler.js';
import { END, accepts, choice, compiler, randomOutput } from './walks.fixture.js';

describe('a list of choices', () => {
  it('yields its members, all of them, and nothing else', async () => {
    const choices = ['yes', 'no', 'yesterday', 'maybe 😀', 'é', '日本', 'no'];
    const constraint = await compiler.compile(choice(...choices));
    const random = seededRandom(1);
    const seen = new Set(Array.from({ length: 500 }, () => randomOutput(constraint, random, 100)));
    expect([...seen].sort()).toEqual([...new Set(choices)].sort());
  });

  it('accepts a text exactly when it is a member', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀'), maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 8 }), text, async (choices, other) => {
        const constraint = await compiler.compile(choice(...choices));
        for (const one of choices) expect(accepts(constraint, one)).toBe(true);
        expect(accepts(constraint, other)).toBe(choices.includes(other));
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('takes thousands', async () => {
    const choices = Array.from({ length: 5_000 }, (_, index) => `item ${index}`);
    const constraint = await compiler.compile(choice(...choices));
    expect([accepts(constraint, 'item 4999'), accepts(constraint, 'item 5000')]).toEqual([true, false]);
  });

  it('is refused when it is empty, or is no text', async () => {
    const refusal = { code: 'invalid', field: 'constraint.choice' };
    await expect(compiler.compile(choice())).rejects.toMatchObject(refusal);
    await expect(compiler.compile(choice('a', '\ud800'))).rejects.toMatchObject(refusal);
  });

  it('is refused when the vocabulary cannot write one of them', async () => {
    const letters = await createConstraintCompiler({
      tokenBytes: (id) => 'abc'[id - 1] ?? '',
      vocabularySize: 4,
      endTokenIds: [END],
    });
    await expect(letters.compile(choice('ab', 'ad'))).rejects.toMatchObject({ code: 'unsatisfiable' });
    expect((await letters.compile(choice('ab', 'ac'))).start().mask()).toEqual(Int32Array.of(0b0010));
  });
});

describe('the compiler', () => {
  it('keeps the constraints last used, so many as it is told', async () => {
    const small = await createConstraintCompiler({
      tokenBytes: (id) => 'abc'[id - 1] ?? '',
      vocabularySize: 4,
      endTokenIds: [END],
      cacheSize: 2,
    });
    const [a, b] = [await small.compile(choice('a')), await small.compile(choice('b'))];
    expect(await small.compile(choice('a'))).toBe(a);
    await small.compile(choice('c'));
    expect(await small.compile(choice('a'))).toBe(a);
    expect(await small.compile(choice('b'))).not.toBe(b);
  });
});
