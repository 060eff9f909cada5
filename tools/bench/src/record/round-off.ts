/** Four digits tell figures apart as well as any threshold wants, and a trace is made of them. */
const DIGITS = 4;

export function roundOff(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
