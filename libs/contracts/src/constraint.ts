import type { ConstraintSpec } from '@outrider/speculation';
import { listLength, required } from './checks.js';
import { invalidArgument } from './error.js';
import { limits } from './limits.js';
import type * as wire from './wire.js';

export function encodeConstraint(spec: ConstraintSpec): wire.Constraint {
  switch (spec.kind) {
    case 'json_schema':
      return { kind: { $case: 'jsonSchema', value: spec.schema } };
    case 'regex':
      return { kind: { $case: 'regex', value: spec.pattern } };
    case 'choice':
      return { kind: { $case: 'choice', value: { texts: [...spec.choices] } } };
  }
}

/** Checks sizes; what the text means is for whoever compiles it. Errors: invalid_argument with the field's path. */
export function decodeConstraint(message: wire.Constraint, field: string): ConstraintSpec {
  const kind = required(message.kind, field);
  switch (kind.$case) {
    case 'jsonSchema':
      return { kind: 'json_schema', schema: sized(kind.value, limits.schemaBytes, `${field}.json_schema`) };
    case 'regex':
      return { kind: 'regex', pattern: sized(kind.value, limits.regexBytes, `${field}.regex`) };
    case 'choice': {
      const { texts } = kind.value;
      listLength(texts.length, 1, limits.choices, `${field}.choice.texts`);
      texts.forEach((text, i) => sized(text, limits.choiceBytes, `${field}.choice.texts[${i}]`));
      return { kind: 'choice', choices: texts };
    }
  }
}

function sized(text: string, most: number, field: string): string {
  if (text === '') throw invalidArgument(field, 'is empty');
  const bytes = Buffer.byteLength(text);
  if (bytes > most) throw invalidArgument(field, `has ${bytes} bytes, at most ${most}`);
  return text;
}
