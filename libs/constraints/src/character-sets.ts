/** What classes and escapes of a regular expression stand for. */
import type { AST } from '@eslint-community/regexpp';
import { type CodePoints, codePointsWhere, complement, union } from './code-points.js';
import { Refusal } from './error.js';

/** ECMAScript's LineTerminator: what `.` does not match. */
const LINE_ENDS: CodePoints = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
const DIGITS: CodePoints = [[0x30, 0x39]];
const WORDS = union([...DIGITS, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]);
/** ECMAScript's WhiteSpace and LineTerminator. */
const SPACES = union([
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]);

export function setCodePoints(node: AST.CharacterSet): CodePoints {
  switch (node.kind) {
    case 'any':
      return complement(LINE_ENDS);
    case 'digit':
      return negatedIf(node.negate, DIGITS);
    case 'space':
      return negatedIf(node.negate, SPACES);
    case 'word':
      return negatedIf(node.negate, WORDS);
    case 'property':
      return propertyCodePoints(node.raw);
    default:
      return node satisfies never;
  }
}

export function classCodePoints(node: AST.CharacterClass): CodePoints {
  const members = node.elements.flatMap((element): CodePoints => {
    switch (element.type) {
      case 'Character':
        return [[element.value, element.value]];
      case 'CharacterClassRange':
        return [[element.min.value, element.max.value]];
      case 'CharacterSet':
        return setCodePoints(element);
      default:
        throw new Refusal('unsupported', `"${node.raw}" is a class of sets, which is not supported`);
    }
  });
  return negatedIf(node.negate, union(members));
}

function negatedIf(negate: boolean, set: CodePoints): CodePoints {
  return negate ? complement(set) : set;
}

const properties = new Map<string, CodePoints>();

/** Asks the engine's own tables, once: a million tests take some 50 ms. */
function propertyCodePoints(escape: string): CodePoints {
  let set = properties.get(escape);
  if (set === undefined) {
    const pattern = new RegExp(`^${escape}$`, 'u');
    set = codePointsWhere((character) => pattern.test(character));
    properties.set(escape, set);
  }
  return set;
}
