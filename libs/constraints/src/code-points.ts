/** Sets of code points as ascending, disjoint, inclusive ranges. Surrogates are never members: they have no UTF-8. */

export type Range = readonly [first: number, last: number];
export type CodePoints = readonly Range[];

export const LAST_CODE_POINT = 0x10ffff;
const SURROGATES: Range = [0xd800, 0xdfff];

export const everyCodePoint: CodePoints = [
  [0, SURROGATES[0] - 1],
  [SURROGATES[1] + 1, LAST_CODE_POINT],
];

/** The ranges' union, in normal form; they may come in any order and overlap. */
export function union(ranges: CodePoints): CodePoints {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return intersection(merged, everyCodePoint);
}

export function complement(set: CodePoints): CodePoints {
  const gaps: Range[] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST_CODE_POINT) gaps.push([next, LAST_CODE_POINT]);
  return intersection(gaps, everyCodePoint);
}

export function intersection(a: CodePoints, b: CodePoints): CodePoints {
  const common: Range[] = [];
  for (const [first, last] of a)
    for (const [otherFirst, otherLast] of b) {
      const start = Math.max(first, otherFirst);
      const end = Math.min(last, otherLast);
      if (start <= end) common.push([start, end]);
    }
  return common;
}

export function difference(a: CodePoints, b: CodePoints): CodePoints {
  return intersection(a, complement(b));
}

/** The code points that a predicate holds for. */
export function codePointsWhere(holds: (character: string) => boolean): CodePoints {
  const ranges: [number, number][] = [];
  for (const [first, last] of everyCodePoint)
    for (let point = first; point <= last; point++) {
      if (!holds(String.fromCodePoint(point))) continue;
      const previous = ranges.at(-1);
      if (previous?.[1] === point - 1) previous[1] = point;
      else ranges.push([point, point]);
    }
  return ranges;
}
