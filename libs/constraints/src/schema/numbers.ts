import { Refusal } from '../error.js';
import { type Expression, alternatives, literal, sequence } from '../expression.js';
import { LARGEST, integerRange, naturalRange } from './integer-range.js';
import { anyInteger, anyNumber, fraction } from './json-text.js';
import { type SchemaObject, allowOnly, constraining, finite, refuse } from './keywords.js';

export function integerExpression(schema: SchemaObject, path: string): Expression {
  const bounds = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
  allowOnly(schema, ['type', ...bounds], path, 'for integers');
  if (!constraining(schema).some((keyword) => bounds.includes(keyword))) return anyInteger;
  const min = Math.max(
    Math.ceil(finite(schema, 'minimum', -LARGEST, path)),
    Math.floor(finite(schema, 'exclusiveMinimum', -LARGEST - 1, path)) + 1,
    -LARGEST,
  );
  const max = Math.min(
    Math.floor(finite(schema, 'maximum', LARGEST, path)),
    Math.ceil(finite(schema, 'exclusiveMaximum', LARGEST + 1, path)) - 1,
    LARGEST,
  );
  if (min > max) throw new Refusal('unsatisfiable', `${path}: no integer of 15 digits is between its bounds`);
  return integerRange(min, max);
}

/** With bounds, which must be whole numbers, no exponents are written. */
export function numberExpression(schema: SchemaObject, path: string): Expression {
  allowOnly(schema, ['type', 'minimum', 'maximum'], path, 'for numbers');
  if (!('minimum' in schema) && !('maximum' in schema)) return anyNumber;
  const min = finite(schema, 'minimum', -LARGEST, path);
  const max = finite(schema, 'maximum', LARGEST, path);
  for (const bound of [min, max])
    if (!Number.isInteger(bound) || Math.abs(bound) > LARGEST)
      throw refuse(path, 'bounds of a number that are not whole, or have more than 15 digits, are not supported');
  if (min > max) throw new Refusal('unsatisfiable', `${path}: "minimum" is above "maximum"`);

  const options = [integerRange(min, max)];
  // i.f is in [i, i + 1), -i.f in (-i - 1, -i].
  if (max > Math.max(0, min)) options.push(sequence(naturalRange(Math.max(0, min), max - 1), fraction));
  if (min < Math.min(0, max)) options.push(sequence(literal('-'), naturalRange(Math.max(0, -max), -min - 1), fraction));
  return alternatives(options);
}
