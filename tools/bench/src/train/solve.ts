/** Solves a small dense system by Gaussian elimination with row exchange; a singular matrix is an error. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const magnitude = (row: number): number => Math.abs((rows[row] as number[])[column] as number);
    let pivot = column;
    for (let row = column + 1; row < size; row++) if (magnitude(row) > magnitude(pivot)) pivot = row;
    if (magnitude(pivot) === 0) throw new RangeError('the matrix is singular');
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const top = rows[column] as number[];
    for (let row = column + 1; row < size; row++) {
      const line = rows[row] as number[];
      const factor = (line[column] as number) / (top[column] as number);
      for (let k = column; k <= size; k++) line[k] = (line[k] as number) - factor * (top[k] as number);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    const line = rows[row] as number[];
    let sum = line[size] as number;
    for (let k = row + 1; k < size; k++) sum -= (line[k] as number) * (solution[k] as number);
    solution[row] = sum / (line[row] as number);
  }
  return solution;
}
