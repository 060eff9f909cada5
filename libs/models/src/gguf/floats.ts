/** F32, F16 and BF16 tensors. Bytes are little-endian, as GGUF is; so is every platform Node runs on. */

/** Value of each of the 65,536 half-precision bit patterns (IEEE 754 binary16). */
const HALF_VALUES = halfValues();

function halfValues(): Float32Array {
  const values = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    values[bits] =
      sign *
      (exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Infinity
            : NaN
          : (1 + fraction / 1024) * 2 ** (exponent - 15));
  }
  return values;
}

/** The half-precision number at a byte offset. */
export function halfAt(bytes: Uint8Array, offset: number): number {
  return HALF_VALUES[bytes[offset]! | (bytes[offset + 1]! << 8)]!;
}

export function dequantizeF32(bytes: Uint8Array, out: Float32Array): void {
  new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
}

export function dequantizeF16(bytes: Uint8Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = halfAt(bytes, 2 * i);
}

/** A bfloat16 is the upper half of a float's bits. */
export function dequantizeBF16(bytes: Uint8Array, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) bits[i] = (bytes[2 * i]! << 16) | (bytes[2 * i + 1]! << 24);
}
