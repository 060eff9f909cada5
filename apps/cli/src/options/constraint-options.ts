/** What the text must match as a whole. */
import { readFileSync } from 'node:fs';
import type { ConstraintSpec } from '@outrider/speculation';
import { InvalidArgumentError, Option } from 'commander';
import { listOption } from './list-option.js';
import { WIRE_LIMITS } from './wire-limits.js';

export interface ConstraintChoices {
  /** JSON. */
  readonly jsonSchema?: string;
  readonly regex?: string;
  readonly choice?: readonly string[];
}

const NAMES = ['jsonSchema', 'regex', 'choice'];

export function constraintOptions(): Option[] {
  const others = (name: string): string[] => NAMES.filter((other) => other !== name);
  return [
    new Option('--json-schema <schema>', 'a JSON text that is valid against this JSON schema; @file reads one')
      .argParser(schemaOption)
      .conflicts(others('jsonSchema')),
    new Option('--regex <pattern>', 'a text that this regular expression matches as a whole').conflicts(
      others('regex'),
    ),
    new Option('--choice <text>', 'one of these texts; repeatable')
      .argParser(listOption((text) => text, WIRE_LIMITS.choices))
      .conflicts(others('choice')),
  ];
}

/** The schema itself: whether it can be kept is for the server to say. */
function schemaOption(text: string): string {
  const schema = text.startsWith('@') ? readText(text.slice(1)) : text;
  try {
    JSON.parse(schema);
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${(error as Error).message}.`);
  }
  return schema;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read: ${(error as Error).message}.`);
  }
}

export function constraintOf({ jsonSchema, regex, choice }: ConstraintChoices): ConstraintSpec | undefined {
  if (jsonSchema !== undefined) return { kind: 'json_schema', schema: jsonSchema };
  if (regex !== undefined) return { kind: 'regex', pattern: regex };
  return choice === undefined ? undefined : { kind: 'choice', choices: choice };
}
