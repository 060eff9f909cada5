const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

export interface SparklineRange {
  readonly min: number;
  readonly max: number;
}

/**
 * One bar per value, lowest bar at `min`, highest at `max`; a gap (undefined) is a blank. More values than `width`
 * are averaged into `width` equal stretches, gaps left out. A flat range draws the middle bar.
 */
export function sparkline(
  values: readonly (number | undefined)[],
  width: number,
  range: SparklineRange = rangeOf(values),
): string {
  return squeeze(values, width)
    .map((value) => bar(value, range))
    .join('');
}

/** Smallest and largest of the values; 0 and 0 when there are none. */
export function rangeOf(values: readonly (number | undefined)[]): SparklineRange {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? { min: 0, max: 0 } : { min: Math.min(...known), max: Math.max(...known) };
}

function squeeze(values: readonly (number | undefined)[], width: number): readonly (number | undefined)[] {
  if (values.length <= width) return values;
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * values.length) / width);
    const to = Math.floor(((column + 1) * values.length) / width);
    const known = values.slice(from, to).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}

function bar(value: number | undefined, { min, max }: SparklineRange): string {
  if (value === undefined || Number.isNaN(value)) return ' ';
  if (max <= min) return BARS[3];
  const place = Math.round(((value - min) / (max - min)) * (BARS.length - 1));
  return BARS[Math.min(BARS.length - 1, Math.max(0, place))] ?? ' ';
}
