import { check } from 'prettier';
import { describe, expect, it } from 'vitest';
import { formatJson } from './format-json.js';
import { roundNumbers } from './round-numbers.js';

const long = Array.from({ length: 60 }, (_, i) => i * 1.5);
const samples: Record<string, unknown> = {
  nested: { a: { b: [1, 2, 3], c: [] }, d: {}, e: null, f: true, g: 'text "quoted"' },
  'long numbers': { figures: long, last: 1 },
  'long texts': { names: Array.from({ length: 20 }, (_, i) => `policy-${i}`) },
  'lists of records': [{ a: 1 }, { b: [{ c: 'x' }] }],
  'just as wide as a line': { a: 'x'.repeat(107), list: Array.from({ length: 36 }, () => 1) },
};

describe('JSON as the formatter lays it out', () => {
  it.each(Object.keys(samples))('%s', async (name) => {
    const text = formatJson(samples[name]);
    expect(JSON.parse(text)).toEqual(samples[name]);
    expect(await check(text, { parser: 'json', printWidth: 120 })).toBe(true);
  });

  it('around the width of a line', async () => {
    for (let length = 100; length < 130; length++) {
      const text = formatJson({
        key: ['a'.repeat(length - 60), 'b'.repeat(48)],
        figures: [10 ** (length % 9), ...long],
      });
      expect(await check(text, { parser: 'json', printWidth: 120 }), String(length)).toBe(true);
    }
  });

  it('leaves out what is undefined', () => expect(JSON.parse(formatJson({ a: undefined, b: 1 }))).toEqual({ b: 1 }));
});

it('keeps five digits of a fraction and all of an integer', () => {
  expect(roundNumbers({ a: [1.2345678, 123456789], b: 'x', c: 0.000123456 })).toEqual({
    a: [1.2346, 123456789],
    b: 'x',
    c: 0.00012346,
  });
});
