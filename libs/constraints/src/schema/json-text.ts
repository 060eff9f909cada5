/** The pieces that JSON texts are written of. */
import { type CodePoints, difference, intersection } from '../code-points.js';
import {
  type Expression,
  alternatives,
  byteRange,
  literal,
  oneOf,
  optional,
  recursiveRule,
  repeat,
  rule,
  sequence,
} from '../expression.js';
import { utf8 } from '../utf8.js';

/** Spaces that a line is indented by, at most. */
const MAX_INDENT = 24;

/**
 * Between brackets, commas and values: nothing, one space, or one line break and an indent. JSON allows any amount;
 * bounded, because a model that may write blanks for ever sometimes does.
 */
export const blank: Expression = rule(
  optional(alternatives([literal(' '), sequence(literal('\n'), repeat(literal(' '), 0, MAX_INDENT))])),
);
const afterColon: Expression = optional(literal(' '));

const digit = byteRange(0x30, 0x39);
export const digits = (min: number, max = min): Expression => repeat(digit, min, max);
const hexDigit = alternatives([digit, byteRange(0x41, 0x46), byteRange(0x61, 0x66)]);

const SHORT_ESCAPES: readonly (readonly [point: number, written: string])[] = [
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
];
/** Code points that a JSON string holds as they are. */
const PLAIN: CodePoints = difference(
  [
    [0x20, 0xd7ff],
    [0xe000, 0x10ffff],
  ],
  [
    [0x22, 0x22],
    [0x5c, 0x5c],
  ],
);

/** Characters of a set as a JSON string holds them, each in one way: escaped only where it must be. */
export function stringCharacter(set: CodePoints): Expression {
  const holds = (point: number): boolean => set.some(([first, last]) => first <= point && point <= last);
  const escaped = SHORT_ESCAPES.filter(([point]) => holds(point)).map(([, written]) => written);
  const named = new Set(SHORT_ESCAPES.map(([point]) => point));
  const controls = Array.from({ length: 0x20 }, (_, point) => point)
    .filter((point) => holds(point) && !named.has(point))
    .map((point) => `\\u00${point.toString(16).padStart(2, '0')}`);
  return rule(alternatives([utf8(intersection(set, PLAIN)), oneOf([...escaped, ...controls])]));
}

/**
 * Any character of a string, with every escape that stands for one. Escaped surrogates are left out: a pair is one
 * character in two escapes, which would upset the count, and a single one is none.
 */
export const anyCharacter: Expression = rule(
  alternatives([
    utf8(PLAIN),
    oneOf([...SHORT_ESCAPES.map(([, written]) => written), '\\/']),
    sequence(
      literal('\\u'),
      alternatives([
        sequence(alternatives([digit, oneOf([...'abcefABCEF'])]), repeat(hexDigit, 3, 3)),
        sequence(oneOf(['d', 'D']), byteRange(0x30, 0x37), repeat(hexDigit, 2, 2)),
      ]),
    ),
  ]),
);

export function quoted(content: Expression): Expression {
  return sequence(literal('"'), content, literal('"'));
}

export const anyString: Expression = rule(quoted(repeat(anyCharacter, 0)));

/**
 * Whole numbers of up to 15 digits, which a double holds exactly, with up to 15 decimals and an exponent of up to two
 * digits: bounded so that every one is a finite number, and ends.
 */
const positive = sequence(byteRange(0x31, 0x39), digits(0, 14));
export const anyInteger: Expression = rule(alternatives([literal('0'), sequence(optional(literal('-')), positive)]));
export const fraction: Expression = sequence(literal('.'), digits(1, 15));
export const exponent: Expression = sequence(oneOf(['e', 'E']), optional(oneOf(['+', '-'])), digits(1, 2));
export const anyNumber: Expression = rule(
  sequence(optional(literal('-')), alternatives([literal('0'), positive]), optional(fraction), optional(exponent)),
);

export const anyBoolean: Expression = oneOf(['true', 'false']);
export const nullText: Expression = literal('null');

/** `[`, values and `]`; values are counted. */
export function bracketed(item: Expression, min: number, max: number): Expression {
  const more = sequence(literal(','), blank, item);
  const some = sequence(item, repeat(more, Math.max(min - 1, 0), max - 1), blank);
  const items = max === 0 ? literal('') : min === 0 ? optional(some) : some;
  return sequence(literal('['), blank, items, literal(']'));
}

export function member(key: Expression, value: Expression): Expression {
  return rule(sequence(key, literal(':'), afterColon, value));
}

/** An object of any number of members of one form. */
export function membersOf(one: Expression): Expression {
  const members = sequence(one, repeat(sequence(literal(','), blank, one), 0), blank);
  return sequence(literal('{'), blank, optional(members), literal('}'));
}

/** Any JSON text, nested as deep as may be. */
export const anyValue: Expression = recursiveRule((value) =>
  alternatives([
    anyString,
    anyNumber,
    anyBoolean,
    nullText,
    bracketed(value, 0, Infinity),
    membersOf(member(anyString, value)),
  ]),
);
