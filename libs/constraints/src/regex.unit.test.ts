import { seededRandom } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accepts, compiler, randomOutput, regex } from './walks.fixture.js';

const patterns = [
  'abc',
  '',
  'a|bc|',
  '(?:ab)*c+d?',
  '[a-f0-9]{2,5}',
  '^\\d{4}-\\d{2}$',
  '\\w+@\\w+\\.(?:com|org)',
  '[^\\w\\s]{1,3}',
  '.{0,4}',
  '[\\u{80}-\\u{900}]{1,2}é?',
  '[\\u{7ff}-\\u{10fff}]+',
  '(?<year>\\d\\d)(x{2}){1,2}?',
  '\\p{Lu}\\p{Ll}*',
  '\\P{L}',
  '(a|ab)(c|bcd)(d*)',
  '((a?b){2,3}|c){0,2}',
  '[\\-\\]\\\\]\\t?\\x41?',
  '日本+😀{2}',
];

describe('a regular expression', () => {
  it.each(patterns)('%s: every output matches', async (pattern) => {
    const constraint = await compiler.compile(regex(pattern));
    const whole = new RegExp(`^(?:${pattern})$`, 'u');
    const random = seededRandom(1);
    for (let run = 0; run < 50; run++) expect(randomOutput(constraint, random, 60)).toMatch(whole);
  });

  it.each(patterns)('%s: a text is accepted exactly when it matches', async (pattern) => {
    const constraint = await compiler.compile(regex(pattern));
    const whole = new RegExp(`^(?:${pattern})$`, 'u');
    const near = fc.string({ unit: fc.constantFrom(...'abcdexAB019-_@.é\u07ff\u0800日本😀\n \t\\]'), maxLength: 6 });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary', maxLength: 3 })), (text) => {
        expect(accepts(constraint, text)).toBe(whole.test(text));
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('can end in every way that a pattern without loops allows', async () => {
    const constraint = await compiler.compile(regex('[ab]{1,2}c?'));
    const random = seededRandom(4);
    const seen = new Set(Array.from({ length: 2_000 }, () => randomOutput(constraint, random, 60)));
    expect([...seen].sort()).toEqual(['a', 'aa', 'aac', 'ab', 'abc', 'ac', 'b', 'ba', 'bac', 'bb', 'bbc', 'bc']);
  });

  it.each([
    ['(a', 'invalid', 'Unterminated group'],
    ['a{2,1}', 'invalid', 'numbers out of order'],
    ['(?=a)b', 'unsupported', '"(?=a)" is an assertion'],
    ['(?<!a)b', 'unsupported', 'is an assertion'],
    ['a\\b', 'unsupported', '"\\b" is an assertion'],
    ['a(^b|c$)', 'unsupported', '"^" is an assertion'],
    ['(a)\\1', 'unsupported', 'back reference'],
    ['[^\\s\\S]', 'unsatisfiable', 'no output'],
    ['a{1000000}', 'too_complex', 'too many states'],
    ['(?:a?){5000}', 'too_complex', 'too many ways'],
    ['('.repeat(4_000) + ')'.repeat(4_000), 'too_complex', 'nested too deeply'],
    ['a'.repeat(10_000), 'too_complex', 'longer than'],
  ])('%.30s is refused: %s', async (pattern, code, message) => {
    await expect(compiler.compile(regex(pattern))).rejects.toMatchObject({
      name: 'ConstraintError',
      code,
      field: 'constraint.regex',
      message: expect.stringContaining(message) as string,
    });
  });
});
