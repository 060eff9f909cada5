/** Regular expressions of JavaScript, with the `u` flag, as expressions over bytes. */
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { classCodePoints, setCodePoints } from './character-sets.js';
import { type CodePoints, everyCodePoint, union } from './code-points.js';
import { Refusal } from './error.js';
import { type Expression, alternatives, empty, repeat, sequence } from './expression.js';
import { utf8 } from './utf8.js';

const MAX_LENGTH = 8_192;

/** The texts that the pattern matches as a whole. Errors: `invalid`, `unsupported`. */
export function regexExpression(pattern: string): Expression {
  return alternatives(parse(pattern).map(({ body }) => inCharacters(body, utf8)));
}

/** The texts that have a match somewhere, written with `encode`. Errors: `invalid`, `unsupported`. */
export function searchExpression(pattern: string, encode: (set: CodePoints) => Expression): Expression {
  const anything = repeat(encode(everyCodePoint), 0);
  return alternatives(
    parse(pattern).map(({ body, fromStart, toEnd }) =>
      sequence(fromStart ? empty : anything, inCharacters(body, encode), toEnd ? empty : anything),
    ),
  );
}

/** One of a pattern's top-level alternatives, without the anchors at its ends. */
interface Branch {
  readonly body: readonly AST.Element[];
  readonly fromStart: boolean;
  readonly toEnd: boolean;
}

function parse(pattern: string): Branch[] {
  if (pattern.length > MAX_LENGTH) throw new Refusal('too_complex', `it is longer than ${MAX_LENGTH} characters`);
  let parsed: AST.Pattern;
  try {
    parsed = new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicode: true });
  } catch (reason) {
    if (reason instanceof SyntaxError) throw new Refusal('invalid', reason.message);
    throw reason;
  }
  return parsed.alternatives.map(({ elements }) => {
    const fromStart = isEdge(elements[0], 'start');
    const toEnd = isEdge(elements.at(-1), 'end');
    return { body: elements.slice(fromStart ? 1 : 0, toEnd ? -1 : undefined), fromStart, toEnd };
  });
}

function isEdge(element: AST.Element | undefined, kind: 'start' | 'end'): boolean {
  return element?.type === 'Assertion' && element.kind === kind;
}

function inCharacters(elements: readonly AST.Element[], encode: (set: CodePoints) => Expression): Expression {
  const group = (options: readonly AST.Alternative[]): Expression =>
    alternatives(options.map((option) => sequence(...option.elements.map(element))));

  function element(node: AST.Element): Expression {
    switch (node.type) {
      case 'Character':
        // Union: a lone surrogate has no UTF-8 and becomes the empty set.
        return encode(union([[node.value, node.value]]));
      case 'CharacterSet':
        return encode(setCodePoints(node));
      case 'CharacterClass':
        return encode(classCodePoints(node));
      case 'CapturingGroup':
        return group(node.alternatives);
      case 'Group':
        if (node.modifiers) throw unsupported(node);
        return group(node.alternatives);
      case 'Quantifier':
        // Lazy or greedy: the same texts match.
        return repeat(element(node.element), node.min, node.max);
      case 'Assertion':
      case 'Backreference':
      case 'ExpressionCharacterClass':
        throw unsupported(node);
      default:
        return node satisfies never;
    }
  }
  return sequence(...elements.map(element));
}

function unsupported(node: AST.Element): Refusal {
  const names: Partial<Record<string, string>> = {
    Assertion: 'an assertion, other than ^ at the start and $ at the end',
    Backreference: 'a back reference',
    Group: 'a group with flags',
  };
  return new Refusal(
    'unsupported',
    `"${node.raw}" is ${names[node.type] ?? 'a class of sets'}, which is not supported`,
  );
}
