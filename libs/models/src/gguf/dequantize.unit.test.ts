import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { halfAt } from './floats.js';
import { tensorType } from './tensor-types.js';

interface Reference {
  readonly type: number;
  readonly bytes: string;
  readonly values: string;
}

/** Made by tools/verify/quantization-fixtures.py with the Python package gguf. */
const references: Record<string, Reference> = JSON.parse(
  readFileSync(new URL('./dequantize.fixture.json', import.meta.url), 'utf8'),
);

function dequantized(type: number, bytes: Uint8Array): Float32Array {
  const { blockValues, blockBytes, dequantize } = tensorType(type, 'test');
  const out = new Float32Array((bytes.length / blockBytes) * blockValues);
  dequantize(bytes, out);
  return out;
}

describe('dequantisation', () => {
  it('has a reference for every type that is read', () => {
    expect(Object.keys(references).sort()).toEqual(
      ['BF16', 'F16', 'F32', 'Q4_0', 'Q4_1', 'Q4_K', 'Q5_0', 'Q5_1', 'Q5_K', 'Q6_K', 'Q8_0'].sort(),
    );
  });

  it.each(Object.entries(references))('%s agrees with the reference to the last bits', (name, reference) => {
    const bytes = new Uint8Array(Buffer.from(reference.bytes, 'base64'));
    const expected = new Float32Array(new Uint8Array(Buffer.from(reference.values, 'base64')).buffer);
    const actual = dequantized(reference.type, bytes);
    expect(actual.length).toBe(expected.length);
    expect(tensorType(reference.type, 'test').name).toBe(name);
    for (let i = 0; i < expected.length; i++) {
      // The reference rounds to single precision after each operation, we once at the end. What rounding the
      // product leaves is relative to scale and minimum, which cancel in the sum.
      const tolerance = name.startsWith('Q') ? 1e-6 : 0;
      expect(Math.abs(actual[i]! - expected[i]!), `value ${i}`).toBeLessThanOrEqual(tolerance);
      expect(Object.is(actual[i], expected[i]) || tolerance > 0, `value ${i}`).toBe(true);
    }
  });

  // Worked by hand from the block layouts in ggml-quants.c. 0x3800 is one half, 0x3c00 is 1, 0x4000 is 2.
  it('Q4_0: scale 1/2, low nibble first half, high nibble second half', () => {
    const block = new Uint8Array(18).fill(0x88, 2);
    block.set([0x00, 0x38, 0xf0]); // q[0] = 0, q[16] = 15, all others 8
    const values = dequantized(2, block);
    expect(values[0]).toBe(-4);
    expect(values[16]).toBe(3.5);
    expect(values.filter((value) => value === 0)).toHaveLength(30);
  });

  it('Q5_1: the fifth bit of value 17 is bit 17', () => {
    const block = new Uint8Array(24);
    block.set([0x00, 0x38, 0x00, 0x3c, 0x00, 0x00, 0x02, 0x00]); // scale 1/2, minimum 1, bit 17
    const values = dequantized(7, block);
    expect(values[17]).toBe(9);
    expect([...values].filter((value) => value === 1)).toHaveLength(31);
  });

  it('Q4_K: scale and minimum of sub-block 5 are split over three bytes', () => {
    const block = new Uint8Array(144);
    block.set([0x00, 0x3c, 0x00, 0x38]); // scale 1, minimum scale 1/2
    block[4 + 1] = 0b10_000000; // upper bits of scale 5: 2
    block[4 + 5] = 0b01_000000; // upper bits of minimum 5: 1
    block[4 + 9] = 0x53; // low bits: scale 3, minimum 5
    block[16 + 64] = 0xa0; // sub-block 5, value 0: 10 (high nibble of the third 32 bytes)
    const values = dequantized(12, block);
    const [scale, minimum] = [2 * 16 + 3, 0.5 * (16 + 5)];
    expect(values[5 * 32]).toBe(10 * scale - minimum);
    expect(values[5 * 32 + 1]).toBe(-minimum);
    expect(Math.abs(values[4 * 32]!)).toBe(0);
  });

  it('Q6_K: value 96 has the high nibble of byte 32 and the top bit pair of byte 0', () => {
    const block = new Uint8Array(210);
    block.set([0x00, 0x40], 208); // scale 2
    block[192 + 6] = 0xfd; // scale of run 6: -3
    block[32] = 0xb0; // low bits 11
    block[128] = 0b11_000000; // upper bits 3
    const values = dequantized(14, block);
    expect(values[96]).toBe(2 * -3 * (3 * 16 + 11 - 32));
    expect(values[97]).toBe(2 * -3 * -32);
  });

  it('half precision covers infinities, NaN and subnormals', () => {
    const half = (bits: number) => halfAt(Uint8Array.of(bits & 255, bits >> 8), 0);
    expect([half(0x7c00), half(0xfc00), half(0x7e00), half(0x0001), half(0x3555)]).toEqual([
      Infinity,
      -Infinity,
      NaN,
      2 ** -24,
      Math.fround(0x555 / 4096),
    ]);
  });

  it('names a type that is not read', () => {
    expect(() => tensorType(10, 'blk.0.attn_q.weight')).toThrow(/blk\.0\.attn_q\.weight has type Q2_K/);
    expect(() => tensorType(77, 'x')).toThrow(/type 77/);
  });
});
