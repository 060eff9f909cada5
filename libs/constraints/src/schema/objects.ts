import { type Expression, alternatives, empty, literal, optional, rule, sequence } from '../expression.js';
import { anyString, anyValue, blank, member, membersOf } from './json-text.js';
import { type SchemaObject, allowOnly, invalid, isObject, refuse } from './keywords.js';

/**
 * Properties are written in the schema's order. Without `additionalProperties`, no others are: what is written is
 * valid, and fewer texts than the valid ones can be.
 */
export function objectExpression(
  schema: SchemaObject,
  path: string,
  expressionOf: (schema: unknown, path: string) => Expression,
): Expression {
  allowOnly(schema, ['type', 'properties', 'required', 'additionalProperties'], path, 'for objects');
  const { properties = {}, required = [], additionalProperties } = schema;
  if (!isObject(properties)) throw invalid(path, '"properties" must be an object');
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string'))
    throw invalid(path, '"required" must be a list of strings');
  const names = Object.keys(properties);
  const missing = required.find((name) => !Object.hasOwn(properties, name));
  if (missing !== undefined)
    throw refuse(path, `"required" names ${JSON.stringify(missing)}, which is not among "properties"`);

  if (names.length === 0) {
    if (additionalProperties === false || ('properties' in schema && additionalProperties === undefined))
      return sequence(literal('{'), blank, literal('}'));
    const value =
      additionalProperties === undefined || additionalProperties === true
        ? anyValue
        : expressionOf(additionalProperties, `${path}/additionalProperties`);
    return membersOf(member(anyString, value));
  }
  if (additionalProperties !== undefined && additionalProperties !== false)
    throw refuse(path, '"additionalProperties" other than false is not supported beside "properties"');

  const members = names.map((name) => {
    const value = expressionOf(properties[name], `${path}/properties/${pointerPart(name)}`);
    return { expression: member(literal(JSON.stringify(name)), value), isRequired: required.includes(name) };
  });
  return sequence(literal('{'), blank, inOrder(members), literal('}'));
}

function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

interface Member {
  readonly expression: Expression;
  readonly isRequired: boolean;
}

/** Members in order, the optional ones or not, with commas between those that are there. */
function inOrder(members: readonly Member[]): Expression {
  // From the last to the first: what may follow once a member is written.
  let rest: Expression = blank;
  // And what may come while none is.
  let first: Expression = empty;
  for (const { expression, isRequired } of [...members].reverse()) {
    const begin = sequence(expression, rest);
    first = rule(isRequired ? begin : alternatives([begin, first]));
    const more = sequence(literal(','), blank, expression);
    rest = rule(sequence(isRequired ? more : optional(more), rest));
  }
  return first;
}
