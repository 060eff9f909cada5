import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NibbleQuantized, quantizeNibbles } from './quantize-nibbles.js';

const nibble = (bytes: Uint8Array, index: number): number => ((bytes[index >> 1] as number) >> (4 * (index % 2))) & 15;

/** As com.microsoft.MatMulNBits reads it. */
function dequantize({ values, scales, zeroPoints, blockSize }: NibbleQuantized, inputs: number): number[] {
  const blocks = inputs / blockSize;
  return Array.from({ length: values.length * 2 }, (_, i) => {
    const [row, block] = [Math.floor(i / inputs), Math.floor((i % inputs) / blockSize)];
    const zeroPoint = nibble(zeroPoints, 2 * row * Math.ceil(blocks / 2) + block);
    return (nibble(values, i) - zeroPoint) * (scales[row * blocks + block] as number);
  });
}

describe('4-bit weights', () => {
  it('are within a step of the float ones, with an odd number of blocks too', () => {
    const value = fc.float({ min: -4, max: 4, noNaN: true });
    const inputs = 96;
    fc.assert(
      fc.property(fc.array(value, { minLength: 2 * inputs, maxLength: 2 * inputs }), (list) => {
        const weights = Float32Array.from(list);
        const quantized = quantizeNibbles(weights, inputs);
        dequantize(quantized, inputs).forEach((found, i) => {
          const scale = quantized.scales[Math.floor(i / 32)] as number;
          expect(Math.abs(found - (weights[i] as number))).toBeLessThanOrEqual(scale * 1.0001);
        });
      }),
    );
  });

  it('keeps the hand-worked blocks 0..15 and -15..0 as they are, two to a byte with the lower half first', () => {
    const row = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? i % 16 : -(i % 16)));
    const quantized = quantizeNibbles(row, 64);
    expect([...quantized.scales]).toEqual([1, 1]);
    expect([...quantized.zeroPoints]).toEqual([0xf0]);
    expect(quantized.values[0]).toBe(0x10);
    expect(dequantize(quantized, 64).map((value) => value + 0)).toEqual([...row].map((value) => value + 0));
  });

  it('keeps rows of zeros, and refuses widths that blocks do not fit', () => {
    expect(dequantize(quantizeNibbles(new Float32Array(32), 32), 32)).toEqual(new Array(32).fill(0));
    expect(() => quantizeNibbles(new Float32Array(48), 48)).toThrow(RangeError);
  });
});
