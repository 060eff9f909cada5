/** Reading a schema's keywords: nothing in a schema is passed over in silence. */
import { Refusal } from '../error.js';

export type SchemaObject = Readonly<Record<string, unknown>>;

/** Say nothing about which texts are valid. `$defs` and `definitions` only hold what `$ref` points to. */
const ANNOTATIONS = new Set([
  ...['$schema', '$id', '$comment', '$defs', 'definitions', 'title', 'description'],
  ...['default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
]);

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function refuse(path: string, message: string): Refusal {
  return new Refusal('unsupported', `${path}: ${message}`);
}

export function invalid(path: string, message: string): Refusal {
  return new Refusal('invalid', `${path}: ${message}`);
}

/** The keywords that decide which texts are valid. */
export function constraining(schema: SchemaObject): string[] {
  return Object.keys(schema).filter((keyword) => !ANNOTATIONS.has(keyword));
}

/** Refuses, by name, every keyword outside those that are enforced here. */
export function allowOnly(schema: SchemaObject, enforced: readonly string[], path: string, where: string): void {
  const other = constraining(schema).find((keyword) => !enforced.includes(keyword));
  if (other !== undefined) throw refuse(path, `keyword "${other}" is not supported ${where}`);
}

/** A count: a whole number of 0 or more. */
export function count(schema: SchemaObject, keyword: string, absent: number, path: string): number {
  const value = schema[keyword];
  if (value === undefined) return absent;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid(path, `"${keyword}" must be a whole number of 0 or more`);
  return value;
}

/** Two counts of which the first must not be above the second. */
export function counts(schema: SchemaObject, min: string, max: string, path: string): [min: number, max: number] {
  const range: [number, number] = [count(schema, min, 0, path), count(schema, max, Infinity, path)];
  if (range[0] > range[1]) throw new Refusal('unsatisfiable', `${path}: "${min}" is above "${max}"`);
  return range;
}

export function finite(schema: SchemaObject, keyword: string, absent: number, path: string): number {
  const value = schema[keyword];
  if (value === undefined) return absent;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(path, `"${keyword}" must be a number`);
  return value;
}
