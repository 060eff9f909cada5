import type { CodePoints } from '../code-points.js';
import { type Expression, repeat, rule } from '../expression.js';
import { Refusal } from '../error.js';
import { searchExpression } from '../regex.js';
import { FORMATS } from './formats.js';
import { anyCharacter, quoted, stringCharacter } from './json-text.js';
import { type SchemaObject, allowOnly, constraining, counts, invalid, refuse } from './keywords.js';

export function stringExpression(schema: SchemaObject, path: string): Expression {
  allowOnly(schema, ['type', 'minLength', 'maxLength', 'pattern', 'format'], path, 'for strings');
  const { pattern, format } = schema;
  const used = constraining(schema).filter((keyword) => keyword !== 'type');
  const wholes = used.filter((keyword) => keyword === 'pattern' || keyword === 'format');
  if (wholes.length > 0 && used.length > 1)
    throw refuse(path, `keywords ${used.map((keyword) => `"${keyword}"`).join(' and ')} are not supported together`);

  if (pattern !== undefined) {
    if (typeof pattern !== 'string') throw invalid(path, '"pattern" must be a string');
    return patternString(pattern, `${path}/pattern`);
  }
  if (format !== undefined) {
    const known = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
    if (known === undefined) throw refuse(path, `format ${JSON.stringify(format)} is not supported`);
    return patternString(known, path);
  }
  const [min, max] = counts(schema, 'minLength', 'maxLength', path);
  return rule(quoted(repeat(anyCharacter, min, max)));
}

function patternString(pattern: string, path: string): Expression {
  const sets = new Map<string, Expression>();
  // One rule for equal sets.
  const encode = (set: CodePoints): Expression => {
    const key = set.join();
    const known = sets.get(key) ?? stringCharacter(set);
    sets.set(key, known);
    return known;
  };
  try {
    return rule(quoted(searchExpression(pattern, encode)));
  } catch (reason) {
    if (reason instanceof Refusal) throw new Refusal(reason.code, `${path}: ${reason.message}`);
    throw reason;
  }
}
