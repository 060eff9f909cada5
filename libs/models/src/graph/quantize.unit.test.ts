import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockSizeFor, quantizeBlocks, quantizeChannels, quantizeRows } from './quantize.js';
import { divideRows, scaleColumns, smoothingScales } from './smoothing.js';

const matrix = (rows: number, width: number) =>
  fc
    .array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: rows * width, maxLength: rows * width })
    .map((values) => Float32Array.from(values));

describe('8-bit weights', () => {
  it('are within half a step of the float ones, in blocks', () => {
    fc.assert(
      fc.property(matrix(2, 64), (weights) => {
        const { values, scales, blockSize } = quantizeBlocks(weights, 64);
        weights.forEach((weight, i) => {
          const scale = scales[Math.floor(i / blockSize)] as number;
          expect(Math.abs(((values[i] as number) - 128) * scale - weight)).toBeLessThanOrEqual(scale * 0.5001);
        });
      }),
    );
  });

  it('are within half a step of the float ones, by channel and transposed, and by row', () => {
    fc.assert(
      fc.property(matrix(3, 16), (weights) => {
        const channels = quantizeChannels(weights, 16);
        const rows = quantizeRows(weights, 16);
        expect(rows.scales).toEqual(channels.scales);
        weights.forEach((weight, i) => {
          const [output, input] = [Math.floor(i / 16), i % 16];
          const scale = channels.scales[output] as number;
          expect(rows.values[i]).toBe(channels.values[input * 3 + output]);
          expect(Math.abs((rows.values[i] as number) * scale - weight)).toBeLessThanOrEqual(scale * 0.5001);
        });
      }),
    );
  });

  it('takes the hand-worked row 127, -63.5, 0, 1 with scale 1', () => {
    const { values, scales } = quantizeRows(Float32Array.of(127, -63.5, 0, 1), 4);
    expect([...scales]).toEqual([1]);
    expect([...values]).toEqual([127, -63, 0, 1]);
  });

  it('gives a row of zeros a scale that divides nothing by zero', () => {
    expect([...quantizeRows(new Float32Array(4), 4).scales]).toEqual([1]);
    expect([...quantizeBlocks(new Float32Array(16), 16).values]).toEqual(new Array(16).fill(128));
  });

  it('picks the largest block that divides the inputs and refuses what none divides', () => {
    expect([576, 1536, 96, 48].map(blockSizeFor)).toEqual([64, 64, 32, 16]);
    expect(() => blockSizeFor(100 + 2)).toThrow(RangeError);
  });
});

describe('smoothing', () => {
  it('changes no product', () => {
    const weights = Float32Array.of(1, -2, 0.5, 4, 0.25, -1);
    const input = [3, 200, -0.5];
    const scales = smoothingScales('down', [3, 200, 0.5], [weights]);
    const smoothed = scaleColumns(weights, scales);
    const divided = divideRows(Float32Array.from(input), scales);
    for (const row of [0, 1]) {
      const dot = (w: Float32Array, x: ArrayLike<number>) =>
        [0, 1, 2].reduce((sum, i) => sum + (w[3 * row + i] as number) * (x[i] as number), 0);
      expect(dot(smoothed, divided)).toBeCloseTo(dot(weights, input), 3);
    }
  });

  it('evens out the inputs: their spread shrinks', () => {
    const scales = smoothingScales('qkv', [1, 1000], [Float32Array.of(1, 1)]);
    const spread = 1000 / (scales[1] as number) / (1 / (scales[0] as number));
    expect(spread).toBeGreaterThan(1);
    expect(spread).toBeLessThan(10);
  });
});
