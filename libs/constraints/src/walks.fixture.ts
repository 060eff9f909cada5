/** A byte-level vocabulary of a few hundred tokens, and outputs drawn from a constraint's masks. */
import { createConstraintCompiler } from './compiler.js';
import type { CompiledConstraint, ConstraintSpec, ConstraintState } from './types.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Tokens of several bytes: across JSON's punctuation, half characters, twins, and one that begins another. */
const LONG = [
  ...['{"', '":', '": "', '",', ', "', '"}', '"]', '[]', '{}', '],', '},', '\n  ', '  ', 'true', 'false', 'null'],
  ...['ab', 'abc', 'abc', 'foo', 'bar', 'name', '12', '2024-', '-0', '\\u00', '\\n', '\\"', 'é', '日本', '😀', 'Zoë'],
].map((text) => encoder.encode(text));
const HALVES = [Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0x98, 0x80), Uint8Array.of(0x22, 0xe6)];

export const END = 0;
/** Without bytes, as a special token is. */
export const SPECIAL = 1;
export const tokens: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(0),
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...LONG,
  ...HALVES,
];

export const compiler = await createConstraintCompiler({
  tokenBytes: (id) => tokens[id] ?? '',
  vocabularySize: tokens.length,
  endTokenIds: [END],
});

export const jsonSchema = (schema: unknown): ConstraintSpec => ({
  kind: 'json_schema',
  schema: JSON.stringify(schema),
});
export const regex = (pattern: string): ConstraintSpec => ({ kind: 'regex', pattern });
export const choice = (...choices: string[]): ConstraintSpec => ({ kind: 'choice', choices });

export function isAllowed(state: ConstraintState, id: number): boolean {
  return (((state.mask()[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
}

export function allowed(state: ConstraintState): number[] {
  return tokens.map((_, id) => id).filter((id) => isAllowed(state, id));
}

/** Whether the constraint lets a text, written byte by byte, be the whole output. */
export function accepts(constraint: CompiledConstraint, text: string): boolean {
  const state = constraint.start();
  return [...encoder.encode(text)].every((byte) => state.accept(2 + byte)) && state.accept(END);
}

/** Tokens that close what is open, in the order in which they are preferred once an output is long enough. */
const CLOSING = [END, ...[...'"}]'].map((character) => 2 + (character.codePointAt(0) ?? 0))];

/** Draws allowed tokens until an end token; from `patience` tokens on, it mostly closes what it can. */
export function randomOutput(constraint: CompiledConstraint, random: () => number, patience: number): string {
  const state = constraint.start();
  const ids: number[] = [];
  for (;;) {
    const options = allowed(state);
    const closing = ids.length < patience || random() < 0.25 ? undefined : CLOSING.find((id) => options.includes(id));
    const id = closing ?? options[Math.floor(random() * options.length)];
    if (id === undefined || !state.accept(id)) throw new Error('a mask without a token that is accepted');
    if (id === END) return decoder.decode(Uint8Array.from(ids.flatMap((one) => [...(tokens[one] ?? [])])));
    if (ids.push(id) > 20_000) throw new Error('an output without an end');
  }
}
