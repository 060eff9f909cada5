/** Whole numbers between two bounds, digit by digit. */
import { type Expression, alternatives, byteRange, literal, sequence } from '../expression.js';
import { digits } from './json-text.js';

/** 15 digits: every whole number of as many is exact in a double. */
export const LARGEST = 999_999_999_999_999;

/** Whole numbers from min to max, themselves whole and within +-LARGEST; min <= max. Zero has no sign. */
export function integerRange(min: number, max: number): Expression {
  const options: Expression[] = [];
  if (min < 0) options.push(sequence(literal('-'), naturalRange(Math.max(1, -max), -min)));
  if (max >= 0) options.push(naturalRange(Math.max(0, min), max));
  return alternatives(options);
}

/** Whole numbers from min to max without a sign; 0 <= min <= max. */
export function naturalRange(min: number, max: number): Expression {
  const options: Expression[] = [];
  for (let length = String(min).length; length <= String(max).length; length++) {
    const from = Math.max(min, length === 1 ? 0 : 10 ** (length - 1));
    const to = Math.min(max, 10 ** length - 1);
    options.push(between(String(from), String(to)));
  }
  return alternatives(options);
}

/** Digit strings of one length, from low to high. */
function between(low: string, high: string): Expression {
  if (/^0*$/.test(low) && /^9*$/.test(high)) return digits(low.length);
  const [first, last] = [low.charCodeAt(0), high.charCodeAt(0)];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  if (first === last) return sequence(byteRange(first, first), between(lowRest, highRest));
  const options = [
    sequence(byteRange(first, first), between(lowRest, '9'.repeat(lowRest.length))),
    sequence(byteRange(last, last), between('0'.repeat(highRest.length), highRest)),
  ];
  if (last - first > 1) options.push(sequence(byteRange(first + 1, last - 1), digits(lowRest.length)));
  return alternatives(options);
}
