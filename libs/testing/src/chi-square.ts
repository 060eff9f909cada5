import { regularizedGammaQ } from './incomplete-gamma.js';

export interface ChiSquareResult {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** Chance of a statistic at least this large when the hypothesis is true: reject it when below alpha. */
  readonly pValue: number;
}

/** Cells expected to hold less than this are pooled into one: the usual rule for the approximation to hold. */
const LEAST_EXPECTED = 5;

/**
 * Pearson's test that counts come from a law. `observed` and `probabilities` are keyed alike; probabilities sum
 * to 1. A count where the law has no mass refutes it: p-value 0.
 */
export function chiSquareTest(
  observed: ReadonlyMap<string, number>,
  probabilities: ReadonlyMap<string, number>,
): ChiSquareResult {
  const total = sum(observed.values());
  for (const [key, count] of observed) {
    if (count > 0 && !((probabilities.get(key) ?? 0) > 0))
      return { statistic: Infinity, degreesOfFreedom: 0, pValue: 0 };
  }
  const cells = [...probabilities].map(([key, p]) => ({ expected: [p * total], observed: [observed.get(key) ?? 0] }));
  const pooled = pool(cells);
  return result(pooled, pooled.length - 1);
}

/** Pearson's test that two samples of counts come from one law, which need not be known. */
export function chiSquareTwoSampleTest(
  first: ReadonlyMap<string, number>,
  second: ReadonlyMap<string, number>,
): ChiSquareResult {
  const totals = [sum(first.values()), sum(second.values())] as const;
  const all = totals[0] + totals[1];
  const cells = [...new Set([...first.keys(), ...second.keys()])].map((key) => {
    const counts = [first.get(key) ?? 0, second.get(key) ?? 0];
    const both = sum(counts);
    return { observed: counts, expected: totals.map((total) => (both * total) / all) };
  });
  const pooled = pool(cells);
  return result(pooled, pooled.length - 1);
}

/** How often each key occurs. */
export function countKeys(keys: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

interface Cell {
  readonly observed: readonly number[];
  readonly expected: readonly number[];
}

/** Joins all cells that are expected too rarely; if even together they are, the rarest other cell joins them. */
function pool(cells: readonly Cell[]): Cell[] {
  const isFrequent = (cell: Cell) => Math.min(...cell.expected) >= LEAST_EXPECTED;
  const frequent = cells.filter(isFrequent).sort((a, b) => Math.min(...b.expected) - Math.min(...a.expected));
  let rare = cells.filter((cell) => !isFrequent(cell));
  if (rare.length === 0) return frequent;
  let joined = join(rare);
  while (!isFrequent(joined) && frequent.length > 0) {
    rare = [joined, frequent.pop() as Cell];
    joined = join(rare);
  }
  return [...frequent, joined];
}

function join(cells: readonly Cell[]): Cell {
  const add = (side: 'observed' | 'expected') =>
    (cells[0] as Cell)[side].map((_, i) => sum(cells.map((cell) => cell[side][i] as number)));
  return { observed: add('observed'), expected: add('expected') };
}

function result(cells: readonly Cell[], degreesOfFreedom: number): ChiSquareResult {
  const statistic = sum(
    cells.flatMap((cell) =>
      cell.observed.map((count, i) => {
        const expected = cell.expected[i] as number;
        return expected > 0 ? (count - expected) ** 2 / expected : 0;
      }),
    ),
  );
  const pValue = degreesOfFreedom > 0 ? regularizedGammaQ(degreesOfFreedom / 2, statistic / 2) : 1;
  return { statistic, degreesOfFreedom, pValue };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
