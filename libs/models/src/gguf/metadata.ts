/** Typed access to GGUF metadata. A value of the wrong type is `corrupt`, never coerced. */
import { ModelError } from '../error.js';
import type { MetadataValue } from './header.js';

export type Metadata = ReadonlyMap<string, MetadataValue>;

export function optionalString(metadata: Metadata, key: string): string | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'string') return value;
  throw new ModelError('corrupt', `GGUF: ${key} is not text`);
}

export function requiredString(metadata: Metadata, key: string): string {
  return required(optionalString(metadata, key), key);
}

export function optionalNumber(metadata: Metadata, key: string): number | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ModelError('corrupt', `GGUF: ${key} is not a number`);
}

export function requiredNumber(metadata: Metadata, key: string): number {
  return required(optionalNumber(metadata, key), key);
}

/** A whole number of at least 1 and below 2^31. */
export function requiredCount(metadata: Metadata, key: string): number {
  return count(requiredNumber(metadata, key), key);
}

export function optionalCount(metadata: Metadata, key: string): number | undefined {
  const value = optionalNumber(metadata, key);
  return value === undefined ? undefined : count(value, key);
}

export function optionalBoolean(metadata: Metadata, key: string): boolean | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'boolean') return value;
  throw new ModelError('corrupt', `GGUF: ${key} is not true or false`);
}

export function requiredStrings(metadata: Metadata, key: string): readonly string[] {
  const value = metadata.get(key);
  if (Array.isArray(value) && value.every((each): each is string => typeof each === 'string')) return value;
  throw new ModelError('corrupt', `GGUF: ${key} is missing or not a list of texts`);
}

export function optionalNumbers(metadata: Metadata, key: string): readonly number[] | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((each): each is number => typeof each === 'number')) return value;
  throw new ModelError('corrupt', `GGUF: ${key} is not a list of numbers`);
}

function required<T>(value: T | undefined, key: string): T {
  if (value === undefined) throw new ModelError('corrupt', `GGUF: ${key} is missing`);
  return value;
}

function count(value: number, key: string): number {
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
  throw new ModelError('corrupt', `GGUF: ${key} is ${value}, not a count`);
}
