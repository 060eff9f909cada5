/** Sets of code points as expressions over their UTF-8 bytes. */
import { type CodePoints, intersection } from './code-points.js';
import { type Expression, alternatives, byteRange, sequence } from './expression.js';

/** First and last code point of each encoded length. */
const LENGTHS: CodePoints = [
  [0, 0x7f],
  [0x80, 0x7ff],
  [0x800, 0xffff],
  [0x10000, 0x10ffff],
];

const encoder = new TextEncoder();

export function utf8(set: CodePoints): Expression {
  return alternatives(
    LENGTHS.flatMap((length) => intersection(set, [length])).flatMap(([first, last]) =>
      byteSequences([...encoder.encode(String.fromCodePoint(first))], [...encoder.encode(String.fromCodePoint(last))]),
    ),
  );
}

/**
 * The encodings between two of the same length, as sequences of byte ranges. In a range of code points without
 * surrogates, the encodings are those between the first and the last in byte order, with continuation bytes after the
 * first; so a number with continuation bytes for digits is cut where a leading digit changes.
 */
function byteSequences(first: readonly number[], last: readonly number[]): Expression[] {
  const [low, ...lowRest] = first;
  const [high, ...highRest] = last;
  if (low === undefined || high === undefined) return [sequence()];
  const lowest = lowRest.map(() => 0x80);
  const highest = lowRest.map(() => 0xbf);
  if (low === high) return join(low, high, byteSequences(lowRest, highRest));
  const startsLow = lowRest.every((byte) => byte === 0x80);
  const endsHigh = highRest.every((byte) => byte === 0xbf);
  const from = startsLow ? low : low + 1;
  const to = endsHigh ? high : high - 1;
  return [
    ...(startsLow ? [] : join(low, low, byteSequences(lowRest, highest))),
    ...(from <= to ? join(from, to, [sequence(...lowest.map(() => byteRange(0x80, 0xbf)))]) : []),
    ...(endsHigh ? [] : join(high, high, byteSequences(lowest, highRest))),
  ];
}

function join(low: number, high: number, tails: readonly Expression[]): Expression[] {
  return tails.map((tail) => sequence(byteRange(low, high), tail));
}
