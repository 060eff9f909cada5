import { seededRandom } from '@outrider/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { accepts, compiler, jsonSchema, randomOutput } from '../walks.fixture.js';

interface Case {
  readonly name: string;
  readonly schema: unknown;
  readonly valid: readonly unknown[];
  readonly invalid: readonly unknown[];
}

const cases: readonly Case[] = [
  { name: 'any value', schema: {}, valid: [1, 'a', null, [1, { a: [] }], { b: { c: true } }, -1.5e10], invalid: [] },
  { name: 'true', schema: true, valid: [{}], invalid: [] },
  { name: 'a string', schema: { type: 'string' }, valid: ['', 'a"\\\n\u0001é😀\u007f'], invalid: [1, null] },
  {
    name: 'a string of some length',
    schema: { type: 'string', minLength: 2, maxLength: 4 },
    valid: ['ab', '😀😀', '""\n\\'],
    invalid: ['a', '😀', 'abcde'],
  },
  {
    name: 'a long string',
    schema: { type: 'string', maxLength: 500 },
    valid: ['x'.repeat(500)],
    invalid: ['x'.repeat(501)],
  },
  {
    name: 'an anchored pattern',
    schema: { type: 'string', pattern: '^[a-c"\\\\]+$' },
    valid: ['a"c', '\\'],
    invalid: ['', 'ad'],
  },
  {
    name: 'a pattern somewhere',
    schema: { type: 'string', pattern: '^a|\\d\\d|z$' },
    valid: ['ax', '..12..', '\nz', 'a'],
    invalid: ['xa', '1', 'zx'],
  },
  {
    name: 'a date',
    schema: { type: 'string', format: 'date' },
    valid: ['2024-02-29', '1999-12-31'],
    invalid: ['2023-02-29', '2023-04-31'],
  },
  {
    name: 'a time',
    schema: { type: 'string', format: 'time' },
    valid: ['12:30:59Z', '00:00:00.5+02:00'],
    invalid: ['24:00:00Z', '12:30'],
  },
  {
    name: 'a date-time',
    schema: { type: 'string', format: 'date-time' },
    valid: ['2024-01-01T00:00:00Z'],
    invalid: ['2024-01-01'],
  },
  {
    name: 'a uuid',
    schema: { type: 'string', format: 'uuid' },
    valid: ['123e4567-e89b-12d3-a456-426614174000'],
    invalid: ['123'],
  },
  {
    name: 'an ipv4 address',
    schema: { type: 'string', format: 'ipv4' },
    valid: ['127.0.0.1', '255.255.255.255'],
    invalid: ['256.0.0.1', '1.2.3'],
  },
  { name: 'an integer', schema: { type: 'integer' }, valid: [0, -7, 123456789012345], invalid: [1.5, '1'] },
  {
    name: 'exclusive bounds',
    schema: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 2.5 },
    valid: [1, 2],
    invalid: [0, 3],
  },
  { name: 'a number', schema: { type: 'number' }, valid: [0, -0.25, 1e-7, 12.5e20], invalid: ['1', null] },
  { name: 'a number of at least 0', schema: { type: 'number', minimum: 0 }, valid: [0, 0.5, 3], invalid: [-0.5, -1] },
  { name: 'a boolean', schema: { type: 'boolean' }, valid: [true, false], invalid: [null, 0] },
  { name: 'several types', schema: { type: ['string', 'null'] }, valid: ['a', null], invalid: [1, true] },
  {
    name: 'an enum',
    schema: { enum: ['a', 1, null, { b: [1, '"'] }] },
    valid: ['a', 1, null, { b: [1, '"'] }],
    invalid: ['b', 2],
  },
  { name: 'an enum of a type', schema: { type: 'string', enum: ['a', 'ab', 1] }, valid: ['a', 'ab'], invalid: [1] },
  { name: 'a constant', schema: { const: 'é\n😀' }, valid: ['é\n😀'], invalid: ['e'] },
  { name: 'any array', schema: { type: 'array' }, valid: [[], [1, 'a', [null]]], invalid: [{}] },
  {
    name: 'an array of some length',
    schema: { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 3 },
    valid: [[true], [true, false, true]],
    invalid: [[], [1], [true, true, true, true]],
  },
  {
    name: 'an array of none',
    schema: { type: 'array', items: { type: 'null' }, maxItems: 0 },
    valid: [[]],
    invalid: [[null]],
  },
  {
    name: 'an array of exactly two',
    schema: { type: 'array', items: { enum: [1, 2] }, minItems: 2, maxItems: 2 },
    valid: [[1, 2]],
    invalid: [[1], [1, 1, 1]],
  },
  { name: 'any object', schema: { type: 'object' }, valid: [{}, { a: 1, b: { c: [] } }], invalid: [[]] },
  {
    name: 'an empty object',
    schema: { type: 'object', additionalProperties: false },
    valid: [{}],
    invalid: [{ a: 1 }],
  },
  {
    name: 'a map',
    schema: { type: 'object', additionalProperties: { type: 'integer' } },
    valid: [{}, { a: 1, 'é"': 2 }],
    invalid: [{ a: 'b' }],
  },
  {
    name: 'an object',
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Person',
      type: 'object',
      properties: {
        name: { type: 'string', maxLength: 8, description: 'first name' },
        'a/~"b': { type: 'integer' },
        tags: { type: 'array', items: { enum: ['x', 'y'] }, maxItems: 3 },
        inner: { type: 'object', properties: { on: { type: 'boolean', default: true } }, required: ['on'] },
      },
      required: ['name', 'inner'],
      additionalProperties: false,
    },
    valid: [
      { name: 'Ann', inner: { on: true } },
      { name: 'Zoë', 'a/~"b': -3, tags: ['x', 'y'], inner: { on: false } },
    ],
    invalid: [{}, { name: 'Ann' }, { name: 1, inner: { on: true } }, { name: 'Ann', inner: { on: true }, more: 1 }],
  },
  {
    name: 'an object of optional properties',
    schema: {
      type: 'object',
      properties: { a: { const: 1 }, b: { const: 2 }, c: { const: 3 } },
      additionalProperties: false,
    },
    valid: [{}, { a: 1 }, { b: 2 }, { c: 3 }, { a: 1, b: 2 }, { a: 1, c: 3 }, { b: 2, c: 3 }, { a: 1, b: 2, c: 3 }],
    invalid: [{ a: 2 }, { d: 4 }],
  },
  {
    name: 'anyOf',
    schema: {
      anyOf: [{ type: 'integer' }, { type: 'object', properties: { kind: { const: 'x' } }, required: ['kind'] }],
    },
    valid: [5, { kind: 'x' }],
    invalid: ['x', {}, { kind: 'y' }],
  },
  {
    name: 'a reference',
    schema: {
      type: 'object',
      properties: { a: { $ref: '#/$defs/p~1q' } },
      required: ['a'],
      $defs: { 'p/q': { allOf: [{ type: 'null' }] } },
    },
    valid: [{ a: null }],
    invalid: [{ a: 1 }, {}],
  },
  {
    name: 'a recursive schema',
    schema: {
      $ref: '#/$defs/tree',
      $defs: {
        tree: {
          type: 'object',
          properties: {
            value: { type: 'integer' },
            children: { type: 'array', items: { $ref: '#/$defs/tree' }, maxItems: 2 },
          },
          required: ['value', 'children'],
          additionalProperties: false,
        },
      },
    },
    valid: [{ value: 1, children: [{ value: 2, children: [{ value: 3, children: [] }] }] }],
    invalid: [{ value: 1 }, { value: 1, children: [{ value: 2 }] }],
  },
];

function validator(schema: unknown): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  return ajv.compile(schema as object | boolean);
}

describe('a JSON schema', () => {
  it.each(cases)('$name: every output is valid', async ({ schema }) => {
    const constraint = await compiler.compile(jsonSchema(schema));
    const isValid = validator(schema);
    const random = seededRandom(1);
    for (let run = 0; run < 40; run++) {
      const text = randomOutput(constraint, random, 80);
      expect(isValid(JSON.parse(text)), text).toBe(true);
    }
  });

  it.each(cases)(
    '$name: accepts what is valid, compact and spaced, and nothing else',
    async ({ schema, valid, invalid }) => {
      const constraint = await compiler.compile(jsonSchema(schema));
      const isValid = validator(schema);
      for (const value of valid) {
        expect(isValid(value)).toBe(true);
        for (const indent of [undefined, 2]) {
          const isCompound = typeof schema === 'object' && schema !== null && ('enum' in schema || 'const' in schema);
          if (indent !== undefined && isCompound) continue;
          const text = JSON.stringify(value, null, indent);
          expect(accepts(constraint, text), text).toBe(true);
        }
      }
      for (const value of invalid) {
        expect(isValid(value)).toBe(false);
        expect(accepts(constraint, JSON.stringify(value)), JSON.stringify(value)).toBe(false);
      }
    },
  );

  it('leaves no text open to a second reading: what is not JSON is not accepted', async () => {
    const constraint = await compiler.compile(jsonSchema({}));
    for (const text of [
      '',
      ' 1',
      '1 ',
      '{a:1}',
      "'a'",
      '[1,]',
      '{"a":1,}',
      '01',
      '1.',
      '.5',
      '"\t"',
      '"\\x"',
      '"\\ud83d"',
      'NaN',
    ])
      expect(accepts(constraint, text), text).toBe(false);
  });

  it('bounds blanks, so that they end', async () => {
    const constraint = await compiler.compile(jsonSchema({ type: 'array' }));
    expect(accepts(constraint, `[\n${' '.repeat(24)}1\n]`)).toBe(true);
    expect(accepts(constraint, `[\n${' '.repeat(25)}1\n]`)).toBe(false);
    expect(accepts(constraint, '[\n\n1]')).toBe(false);
  });
});
