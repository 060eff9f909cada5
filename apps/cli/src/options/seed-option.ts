import { InvalidArgumentError } from 'commander';

const LARGEST = 2n ** 64n - 1n;

/** An unsigned 64-bit integer in decimal; 0 leaves the choice to the server. */
export function seedOption(text: string): bigint {
  const value = /^\d{1,20}$/.test(text.trim()) ? BigInt(text.trim()) : -1n;
  if (value < 0n || value > LARGEST) throw new InvalidArgumentError(`It must be a whole number from 0 to ${LARGEST}.`);
  return value;
}
