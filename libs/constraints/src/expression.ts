/**
 * Languages of byte strings. Rules may refer to themselves, so that nested JSON has an expression; all else is a
 * regular expression. A reference of a rule to itself must come after at least one byte.
 */
export type Expression =
  | { readonly kind: 'byte'; readonly first: number; readonly last: number }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  /** Without options: nothing matches. */
  | { readonly kind: 'alternatives'; readonly options: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly body: Expression; readonly min: number; readonly max: number }
  | { readonly kind: 'rule'; readonly rule: Rule };

/** A named part: one set of states, however often it is referred to. */
export interface Rule {
  body: Expression;
}

export const empty: Expression = { kind: 'sequence', parts: [] };
export const nothing: Expression = { kind: 'alternatives', options: [] };

export function byteRange(first: number, last: number): Expression {
  return { kind: 'byte', first, last };
}

export function sequence(...given: readonly Expression[]): Expression {
  const parts = given.flatMap((part) => (part.kind === 'sequence' ? part.parts : [part]));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts };
}

export function alternatives(options: readonly Expression[]): Expression {
  return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'alternatives', options };
}

export function repeat(body: Expression, min: number, max = Infinity): Expression {
  return { kind: 'repeat', body, min, max };
}

export function optional(body: Expression): Expression {
  return repeat(body, 0, 1);
}

export function rule(body: Expression): Expression {
  return { kind: 'rule', rule: { body } };
}

/** A rule whose body may refer to it. */
export function recursiveRule(body: (self: Expression) => Expression): Expression {
  const made: Rule = { body: nothing };
  const self: Expression = { kind: 'rule', rule: made };
  made.body = body(self);
  return self;
}

/**
 * Whether the empty text may be among an expression's; false only if it is not.
 *
 * @param known answers by rule, kept for the next question; a rule that is being asked about counts as empty
 */
export function mayBeEmpty(expression: Expression, known: Map<Rule, boolean>): boolean {
  switch (expression.kind) {
    case 'byte':
      return false;
    case 'sequence':
      return expression.parts.every((part) => mayBeEmpty(part, known));
    case 'alternatives':
      return expression.options.some((option) => mayBeEmpty(option, known));
    case 'repeat':
      return expression.min === 0 || mayBeEmpty(expression.body, known);
    case 'rule': {
      const asked = expression.rule;
      if (!known.has(asked)) {
        known.set(asked, true);
        known.set(asked, mayBeEmpty(asked.body, known));
      }
      return known.get(asked) ?? true;
    }
    default:
      return expression satisfies never;
  }
}

const encoder = new TextEncoder();

export function literal(text: string): Expression {
  return sequence(...Array.from(encoder.encode(text), (byte) => byteRange(byte, byte)));
}

/** One of the texts, with their common beginnings shared: as many states as the texts' trie has nodes. */
export function oneOf(texts: readonly string[]): Expression {
  return oneOfBytes(
    [...new Set(texts)].map((text) => encoder.encode(text)),
    0,
  );
}

function oneOfBytes(texts: readonly Uint8Array[], from: number): Expression {
  const first = texts[0];
  if (first === undefined) return nothing;
  let shared = from;
  while (shared < first.length && texts.every((text) => text[shared] === first[shared])) shared += 1;
  const prefix = Array.from(first.subarray(from, shared), (byte) => byteRange(byte, byte));
  const byNext = new Map<number | undefined, Uint8Array[]>();
  for (const text of texts) {
    const group = byNext.get(text[shared]);
    if (group === undefined) byNext.set(text[shared], [text]);
    else group.push(text);
  }
  const tails = [...byNext].map(([next, group]) => (next === undefined ? empty : oneOfBytes(group, shared)));
  return sequence(...prefix, alternatives(tails));
}
