/** Figures kept in a result: five significant digits say more than any run can repeat. */
const DIGITS = 5;

/** The same value with every number that is no integer rounded. */
export function roundNumbers<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) =>
    typeof item === 'number' && !Number.isInteger(item) ? Number(item.toPrecision(DIGITS)) : item,
  ) as T;
}
