import { describe, expect, it } from 'vitest';
import type { ConstraintErrorCode } from '../error.js';
import { compiler, jsonSchema } from '../walks.fixture.js';

type Refused = readonly [schema: unknown, code: ConstraintErrorCode, message: string];
const property = (schema: unknown): unknown => ({ type: 'object', properties: { a: schema } });

const refused: readonly Refused[] = [
  [{ type: 'strin' }, 'invalid', '#: type "strin" does not exist'],
  [3, 'invalid', '#: a schema must be'],
  [false, 'unsupported', '#: the schema false'],
  [property({ type: 'number', multipleOf: 2 }), 'unsupported', '#/properties/a: keyword "multipleOf"'],
  [property({ type: 'number', exclusiveMinimum: 2 }), 'unsupported', 'keyword "exclusiveMinimum"'],
  [property({ type: 'number', minimum: 0.5 }), 'unsupported', 'bounds of a number that are not whole'],
  [{ type: 'integer', minimum: 3, maximum: 2 }, 'unsatisfiable', 'no integer'],
  [{ type: 'integer', minimum: '3' }, 'invalid', '"minimum" must be a number'],
  [{ type: 'integer', maxLength: 3 }, 'unsupported', 'keyword "maxLength"'],
  [{ type: 'string', maxLength: -1 }, 'invalid', '"maxLength" must be a whole number'],
  [{ type: 'string', maxLength: null }, 'invalid', '"maxLength" must be a whole number'],
  [{ type: 'string', minLength: 3, maxLength: 2 }, 'unsatisfiable', '"minLength" is above "maxLength"'],
  [{ type: 'string', maxLength: 1_000_000 }, 'too_complex', 'too many states'],
  [{ type: 'string', pattern: '(' }, 'invalid', '#/pattern: Invalid regular expression'],
  [{ type: 'string', pattern: '(?=a)' }, 'unsupported', '#/pattern: "(?=a)"'],
  [
    { type: 'string', pattern: 'a', maxLength: 2 },
    'unsupported',
    '"pattern" and "maxLength" are not supported together',
  ],
  [{ type: 'string', format: 'email' }, 'unsupported', 'format "email"'],
  [{ type: 'string', format: 'constructor' }, 'unsupported', 'format "constructor"'],
  [{ type: 'string', contentEncoding: 'base64' }, 'unsupported', 'keyword "contentEncoding"'],
  [{ type: 'boolean', minimum: 1 }, 'unsupported', 'keyword "minimum"'],
  [{ type: ['string', 'null'], maxLength: 3 }, 'unsupported', 'keyword "maxLength"'],
  [{ type: [] }, 'invalid', '"type" must be'],
  [{ maxLength: 3 }, 'unsupported', 'keyword "maxLength" is not supported without "type"'],
  [{ type: 'array', uniqueItems: true }, 'unsupported', 'keyword "uniqueItems"'],
  [{ type: 'array', contains: {} }, 'unsupported', 'keyword "contains"'],
  [{ type: 'array', prefixItems: [{}] }, 'unsupported', 'keyword "prefixItems"'],
  [{ type: 'array', items: [{}] }, 'unsupported', '"items" as a list'],
  [{ type: 'array', minItems: 2, maxItems: 1 }, 'unsatisfiable', '"minItems" is above "maxItems"'],
  [{ type: 'object', minProperties: 1 }, 'unsupported', 'keyword "minProperties"'],
  [{ type: 'object', patternProperties: {} }, 'unsupported', 'keyword "patternProperties"'],
  [{ type: 'object', properties: [] }, 'invalid', '"properties" must be an object'],
  [{ type: 'object', required: ['b'] }, 'unsupported', '"required" names "b"'],
  [{ type: 'object', required: [1] }, 'invalid', '"required" must be a list'],
  [{ type: 'object', properties: { a: {} }, additionalProperties: true }, 'unsupported', '"additionalProperties"'],
  [{ oneOf: [{ type: 'null' }] }, 'unsupported', 'keyword "oneOf"'],
  [{ not: { type: 'null' } }, 'unsupported', 'keyword "not"'],
  [{ type: 'string', not: { const: 'a' } }, 'unsupported', 'keyword "not"'],
  [{ if: {}, then: {} }, 'unsupported', 'keyword "if"'],
  [{ anyOf: [] }, 'invalid', '"anyOf" must be a list'],
  [{ anyOf: [{}], type: 'string' }, 'unsupported', 'keyword "type" is not supported beside "anyOf"'],
  [{ allOf: [{}, {}] }, 'unsupported', '"allOf" of more than one'],
  [{ enum: [] }, 'invalid', '"enum" must be a list'],
  [{ enum: ['a'], maxLength: 3 }, 'unsupported', 'keyword "maxLength"'],
  [{ type: 'string', enum: [1] }, 'unsatisfiable', 'no value listed'],
  [{ $ref: 'https://example.com/x' }, 'unsupported', 'not within the schema'],
  [{ $ref: '#/$defs/a' }, 'invalid', 'points to nothing'],
  [{ $ref: '#' }, 'invalid', 'leads back to itself'],
  [{ anyOf: [{ type: 'null' }, { $ref: '#' }] }, 'invalid', 'leads back to itself'],
  [{ $ref: '#/$defs/a', maxLength: 3, $defs: { a: {} } }, 'unsupported', 'beside "$ref"'],
  [{ type: 'array', items: { $ref: '#' }, minItems: 1 }, 'unsatisfiable', 'no output'],
];

describe('a JSON schema is refused, with its place and what is wrong', () => {
  it.each(refused)('%j: %s', async (schema, code, message) => {
    await expect(compiler.compile(jsonSchema(schema))).rejects.toMatchObject({
      name: 'ConstraintError',
      code,
      field: 'constraint.json_schema',
      message: expect.stringContaining(message) as string,
    });
  });

  it('when it is not JSON, too long, or nested too deeply', async () => {
    const compile = (schema: string) => compiler.compile({ kind: 'json_schema', schema });
    await expect(compile('{"type":')).rejects.toMatchObject({ code: 'invalid' });
    await expect(compile(' '.repeat(300_000))).rejects.toMatchObject({ code: 'too_complex' });
    const deep = '{"anyOf":['.repeat(5_000) + '{}' + ']}'.repeat(5_000);
    await expect(compile(deep)).rejects.toMatchObject({ code: 'too_complex' });
  });
});
