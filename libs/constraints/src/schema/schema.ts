/**
 * JSON schemas (2020-12) as expressions: the common subset whose every text is valid. A keyword outside it is refused
 * by name.
 */
import { Refusal } from '../error.js';
import { type Expression, alternatives, oneOf, recursiveRule, rule } from '../expression.js';
import { anyBoolean, anyValue, bracketed, nullText } from './json-text.js';
import { type SchemaObject, allowOnly, constraining, counts, invalid, isObject, refuse } from './keywords.js';
import { integerExpression, numberExpression } from './numbers.js';
import { objectExpression } from './objects.js';
import { resolvePointer } from './pointer.js';
import { stringExpression } from './strings.js';

const MAX_LENGTH = 262_144;
const MAX_DEPTH = 100;

/** Errors: Refusal of every code. */
export function schemaExpression(text: string): Expression {
  if (text.length > MAX_LENGTH) throw new Refusal('too_complex', `it is longer than ${MAX_LENGTH} characters`);
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (reason) {
    throw new Refusal('invalid', `it is not JSON: ${reason instanceof Error ? reason.message : String(reason)}`);
  }
  return translator(root)(root, '#');
}

type Translate = (schema: unknown, path: string) => Expression;

function translator(root: unknown): Translate {
  const references = new Map<string, Expression>();
  /** References that are being followed, and nothing has been written since the first of them. */
  let following: readonly string[] = [];
  let depth = 0;

  const inside: Translate = (schema, path) => {
    const outer = following;
    following = [];
    const made = translate(schema, path);
    following = outer;
    return made;
  };

  function translate(schema: unknown, path: string): Expression {
    if (schema === true) return anyValue;
    if (schema === false) throw refuse(path, 'the schema false, which nothing fulfils, is not supported');
    if (!isObject(schema)) throw invalid(path, 'a schema must be an object or a boolean');
    if (depth === MAX_DEPTH) throw new Refusal('too_complex', `${path}: it is nested too deeply`);
    depth += 1;
    const made = translateObject(schema, path);
    depth -= 1;
    return made;
  }

  function translateObject(schema: SchemaObject, path: string): Expression {
    if ('$ref' in schema) return reference(schema, path);
    if ('anyOf' in schema) {
      allowOnly(schema, ['anyOf'], path, 'beside "anyOf"');
      return alternatives(
        subschemas(schema, 'anyOf', path).map((one, index) => translate(one, `${path}/anyOf/${index}`)),
      );
    }
    if ('allOf' in schema) {
      allowOnly(schema, ['allOf'], path, 'beside "allOf"');
      const all = subschemas(schema, 'allOf', path);
      if (all.length > 1) throw refuse(path, '"allOf" of more than one schema is not supported');
      return translate(all[0], `${path}/allOf/0`);
    }
    if ('enum' in schema || 'const' in schema) return listed(schema, path);
    if (constraining(schema).length === 0) return anyValue;
    return alternatives(typesOf(schema, path).map((type) => typed(schema, type, path)));
  }

  function typed(schema: SchemaObject, type: string, path: string): Expression {
    switch (type) {
      case 'object':
        return objectExpression(schema, path, inside);
      case 'array':
        return arrayExpression(schema, path, inside);
      case 'string':
        return stringExpression(schema, path);
      case 'integer':
        return integerExpression(schema, path);
      case 'number':
        return numberExpression(schema, path);
      case 'boolean':
        allowOnly(schema, ['type'], path, 'for booleans');
        return anyBoolean;
      case 'null':
        allowOnly(schema, ['type'], path, 'for null');
        return nullText;
      default:
        throw invalid(path, `type ${JSON.stringify(type)} does not exist`);
    }
  }

  function reference(schema: SchemaObject, path: string): Expression {
    allowOnly(schema, ['$ref'], path, 'beside "$ref"');
    const target = schema.$ref;
    if (typeof target !== 'string') throw invalid(path, '"$ref" must be a string');
    if (following.includes(target)) throw invalid(path, `"$ref": ${JSON.stringify(target)} leads back to itself`);
    const known = references.get(target);
    if (known !== undefined) return known;
    const found = resolvePointer(root, target, path);
    return recursiveRule((self) => {
      references.set(target, self);
      const outer = following;
      following = [...following, target];
      const made = translate(found, target);
      following = outer;
      return made;
    });
  }

  return translate;
}

function subschemas(schema: SchemaObject, keyword: string, path: string): readonly unknown[] {
  const list = schema[keyword];
  if (!Array.isArray(list) || list.length === 0) throw invalid(path, `"${keyword}" must be a list of schemas`);
  return list;
}

function typesOf(schema: SchemaObject, path: string): readonly string[] {
  const { type } = schema;
  const types: unknown[] = Array.isArray(type) ? type : [type];
  if (type === undefined) throw refuse(path, `keyword "${constraining(schema)[0]}" is not supported without "type"`);
  if (types.length === 0 || !types.every((one) => typeof one === 'string'))
    throw invalid(path, '"type" must be a string or a list of strings');
  // Which keyword is for which type would have to be told apart.
  if (types.length > 1) allowOnly(schema, ['type'], path, 'beside several types: use "anyOf"');
  return types;
}

/** `enum` and `const`: the values as JSON.stringify writes them, those of the type if there is one. */
function listed(schema: SchemaObject, path: string): Expression {
  allowOnly(schema, ['enum', 'const', 'type'], path, 'beside "enum" or "const"');
  if ('enum' in schema && 'const' in schema) throw refuse(path, '"enum" and "const" together are not supported');
  const values: unknown = 'const' in schema ? [schema.const] : schema.enum;
  if (!Array.isArray(values) || values.length === 0) throw invalid(path, '"enum" must be a list of values');
  const types = 'type' in schema ? typesOf({ type: schema.type }, path) : undefined;
  const valid = values.filter((value) => types === undefined || types.some((type) => isOfType(value, type)));
  if (valid.length === 0) throw new Refusal('unsatisfiable', `${path}: no value listed is of the type`);
  return rule(oneOf(valid.map((value) => JSON.stringify(value))));
}

function isOfType(value: unknown, type: string): boolean {
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array';
  return typeof value === type || (type === 'integer' && Number.isInteger(value));
}

function arrayExpression(schema: SchemaObject, path: string, expressionOf: Translate): Expression {
  allowOnly(schema, ['type', 'items', 'minItems', 'maxItems'], path, 'for arrays');
  const [min, max] = counts(schema, 'minItems', 'maxItems', path);
  if (Array.isArray(schema.items)) throw refuse(path, '"items" as a list is not supported');
  const item = schema.items === undefined ? anyValue : expressionOf(schema.items, `${path}/items`);
  return bracketed(rule(item), min, max);
}
