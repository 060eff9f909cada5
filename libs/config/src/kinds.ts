/** The kinds of settings. Each reads text, checks it, and fills in the default, if it has one, when unset. */
import { z } from 'zod';
import type { Setting } from './settings.js';

/** A whole number within [min, max]. */
export function integer(variable: string, range: Range, fallback: number): Setting<number> {
  return { variable, schema: integerSchema(range).default(fallback) };
}

/** As `integer`, without a default. */
export function optionalInteger(variable: string, range: Range): Setting<number | undefined> {
  return { variable, schema: integerSchema(range).optional() };
}

/** `host:port`. */
export function address(variable: string, fallback: string): Setting<string> {
  return { variable, schema: addressSchema.default(fallback) };
}

export function requiredAddress(variable: string): Setting<string> {
  return { variable, schema: z.string({ error: 'is required' }).pipe(addressSchema) };
}

export function optionalAddress(variable: string): Setting<string | undefined> {
  return { variable, schema: addressSchema.optional() };
}

/** Any text. */
export function text(variable: string, fallback: string): Setting<string> {
  return { variable, schema: z.string().default(fallback) };
}

export function optionalText(variable: string): Setting<string | undefined> {
  return { variable, schema: z.string().optional() };
}

/** Text of a form. */
export function matching(
  variable: string,
  pattern: RegExp,
  { fallback, message }: { readonly fallback: string; readonly message: string },
): Setting<string> {
  return { variable, schema: z.string().regex(pattern, message).default(fallback) };
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(
  variable: string,
  choices: T,
  fallback: T[number],
): Setting<T[number]> {
  const schema = z.string().refine((value) => choices.includes(value), `must be one of ${choices.join(', ')}`);
  return { variable, schema: schema.default(fallback) };
}

/** `true` or `false`. */
export function flag(variable: string, fallback: boolean): Setting<boolean> {
  const schema = z
    .string()
    .refine((value) => value === 'true' || value === 'false', 'must be true or false')
    .transform((value) => value === 'true');
  return { variable, schema: schema.default(fallback) };
}

/** Inclusive. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

function integerSchema({ min, max }: Range): z.ZodType<number, string> {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .refine((value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max, message)
    .transform(Number);
}

const addressSchema = z
  .string()
  .refine((value) => /^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/.test(value) && portOf(value) <= 65_535, {
    message: 'must be host:port',
  });

function portOf(value: string): number {
  return Number(value.slice(value.lastIndexOf(':') + 1));
}
