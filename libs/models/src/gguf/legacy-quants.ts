/**
 * ggml's quantisations in blocks of 32 values (ggml-quants.c, dequantize_row_q4_0 and its siblings).
 * Value j and value j + 16 share a byte: low and high nibble.
 */
import { halfAt } from './floats.js';

/** Block: half scale, 16 bytes of nibbles. x = scale * (q - 8). */
export function dequantizeQ40(blocks: Uint8Array, out: Float32Array): void {
  for (let at = 0, o = 0; o < out.length; at += 18, o += 32) {
    const scale = halfAt(blocks, at);
    for (let j = 0; j < 16; j++) {
      const pair = blocks[at + 2 + j]!;
      out[o + j] = scale * ((pair & 15) - 8);
      out[o + j + 16] = scale * ((pair >> 4) - 8);
    }
  }
}

/** Block: half scale, half minimum, 16 bytes of nibbles. x = scale * q + minimum. */
export function dequantizeQ41(blocks: Uint8Array, out: Float32Array): void {
  for (let at = 0, o = 0; o < out.length; at += 20, o += 32) {
    const scale = halfAt(blocks, at);
    const minimum = halfAt(blocks, at + 2);
    for (let j = 0; j < 16; j++) {
      const pair = blocks[at + 4 + j]!;
      out[o + j] = scale * (pair & 15) + minimum;
      out[o + j + 16] = scale * (pair >> 4) + minimum;
    }
  }
}

/** Block: half scale, 32 fifth bits, 16 bytes of nibbles. x = scale * (q - 16). */
export function dequantizeQ50(blocks: Uint8Array, out: Float32Array): void {
  for (let at = 0, o = 0; o < out.length; at += 22, o += 32) {
    const scale = halfAt(blocks, at);
    const fifthBits = bitsAt(blocks, at + 2);
    for (let j = 0; j < 16; j++) {
      const pair = blocks[at + 6 + j]!;
      out[o + j] = scale * (((pair & 15) | (((fifthBits >>> j) & 1) << 4)) - 16);
      out[o + j + 16] = scale * (((pair >> 4) | (((fifthBits >>> (j + 16)) & 1) << 4)) - 16);
    }
  }
}

/** Block: half scale, half minimum, 32 fifth bits, 16 bytes of nibbles. x = scale * q + minimum. */
export function dequantizeQ51(blocks: Uint8Array, out: Float32Array): void {
  for (let at = 0, o = 0; o < out.length; at += 24, o += 32) {
    const scale = halfAt(blocks, at);
    const minimum = halfAt(blocks, at + 2);
    const fifthBits = bitsAt(blocks, at + 4);
    for (let j = 0; j < 16; j++) {
      const pair = blocks[at + 8 + j]!;
      out[o + j] = scale * ((pair & 15) | (((fifthBits >>> j) & 1) << 4)) + minimum;
      out[o + j + 16] = scale * ((pair >> 4) | (((fifthBits >>> (j + 16)) & 1) << 4)) + minimum;
    }
  }
}

/** Block: half scale, 32 signed bytes. x = scale * q. */
export function dequantizeQ80(blocks: Uint8Array, out: Float32Array): void {
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  for (let at = 0, o = 0; o < out.length; at += 34, o += 32) {
    const scale = halfAt(blocks, at);
    for (let j = 0; j < 32; j++) out[o + j] = scale * signed[at + 2 + j]!;
  }
}

function bitsAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
