/**
 * ggml's K-quants: super-blocks of 256 values (ggml-quants.c, dequantize_row_q4_K and its siblings).
 * Q4_K and Q5_K hold eight sub-blocks of 32 values with 6-bit scales and minima packed into 12 bytes;
 * Q6_K holds sixteen sub-blocks of 16 values with 8-bit scales.
 */
import { halfAt } from './floats.js';

/** 6-bit scale of sub-block j (get_scale_min_k4): low bits in place, for j >= 4 the upper two from byte j - 4. */
function subScale(blocks: Uint8Array, packed: number, j: number): number {
  if (j < 4) return blocks[packed + j]! & 63;
  return (blocks[packed + j + 4]! & 15) | ((blocks[packed + j - 4]! >> 6) << 4);
}

/** 6-bit minimum of sub-block j. */
function subMinimum(blocks: Uint8Array, packed: number, j: number): number {
  if (j < 4) return blocks[packed + j + 4]! & 63;
  return (blocks[packed + j + 4]! >> 4) | ((blocks[packed + j]! >> 6) << 4);
}

/** Block: half scale, half minimum scale, 12 bytes of sub-scales, 128 bytes of nibbles. */
export function dequantizeQ4K(blocks: Uint8Array, out: Float32Array): void {
  for (let at = 0, o = 0; o < out.length; at += 144, o += 256) {
    const scale = halfAt(blocks, at);
    const minimumScale = halfAt(blocks, at + 2);
    for (let j = 0; j < 8; j++) {
      const subBlockScale = scale * subScale(blocks, at + 4, j);
      const minimum = minimumScale * subMinimum(blocks, at + 4, j);
      const nibbles = at + 16 + (j >> 1) * 32;
      const shift = (j & 1) * 4;
      for (let l = 0; l < 32; l++) {
        out[o + j * 32 + l] = subBlockScale * ((blocks[nibbles + l]! >> shift) & 15) - minimum;
      }
    }
  }
}

/** Block: as Q4_K with 32 bytes of fifth bits (bit j of byte l belongs to value l of sub-block j) before the nibbles. */
export function dequantizeQ5K(blocks: Uint8Array, out: Float32Array): void {
  for (let at = 0, o = 0; o < out.length; at += 176, o += 256) {
    const scale = halfAt(blocks, at);
    const minimumScale = halfAt(blocks, at + 2);
    const fifthBits = at + 16;
    for (let j = 0; j < 8; j++) {
      const subBlockScale = scale * subScale(blocks, at + 4, j);
      const minimum = minimumScale * subMinimum(blocks, at + 4, j);
      const nibbles = at + 48 + (j >> 1) * 32;
      const shift = (j & 1) * 4;
      for (let l = 0; l < 32; l++) {
        const quant = ((blocks[nibbles + l]! >> shift) & 15) | (((blocks[fifthBits + l]! >> j) & 1) << 4);
        out[o + j * 32 + l] = subBlockScale * quant - minimum;
      }
    }
  }
}

/** Block: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, half scale. x = scale * sub * (q - 32). */
export function dequantizeQ6K(blocks: Uint8Array, out: Float32Array): void {
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  for (let at = 0, o = 0; o < out.length; at += 210, o += 256) {
    const scale = halfAt(blocks, at + 208);
    // Sixteen runs of 16 values. Runs 0-7 use the first half of the bytes, 8-15 the second; within a half
    // runs 0-3 take low nibbles and 4-7 high ones, over the same 64 bytes.
    for (let run = 0; run < 16; run++) {
      const half = run >> 3;
      const withinHalf = run & 7;
      const nibbles = at + half * 64 + (withinHalf & 3) * 16;
      const nibbleShift = withinHalf < 4 ? 0 : 4;
      const pairs = at + 128 + half * 32 + (withinHalf & 1) * 16;
      const pairShift = (withinHalf >> 1) * 2;
      const runScale = scale * signed[at + 192 + run]!;
      for (let l = 0; l < 16; l++) {
        const quant = ((blocks[nibbles + l]! >> nibbleShift) & 15) | (((blocks[pairs + l]! >> pairShift) & 3) << 4);
        out[o + run * 16 + l] = runScale * (quant - 32);
      }
    }
  }
}
