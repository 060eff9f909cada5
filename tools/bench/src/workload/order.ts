/**
 * In which order to measure several things many times, so that drift of the machine hits all alike and none always
 * follows the same other one: rows of a balanced Latin square (E. J. Williams, 1949). Every `count` rows (twice as
 * many when `count` is odd), each thing has stood at each place equally often and followed each other one equally often.
 */
export function balancedOrder(count: number, row: number): number[] {
  // 0, 1, n-1, 2, n-2, ...: successive differences are all different.
  const first = Array.from({ length: count }, (_, i) => (i % 2 === 1 ? (i + 1) / 2 : (count - i / 2) % count));
  const shifted = first.map((value) => (value + row) % count);
  return count % 2 === 1 && Math.floor(row / count) % 2 === 1 ? shifted.reverse() : shifted;
}
