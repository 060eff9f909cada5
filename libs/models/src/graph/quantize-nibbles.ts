/** 4-bit weights with a zero point for each block, so that a block whose values lie to one side loses no steps. */

export interface NibbleQuantized {
  /** uint8 [out, in / block, block / 2], two to a byte, the lower half first: the layout of com.microsoft.MatMulNBits. */
  readonly values: Uint8Array;
  /** float32 [out * in / block] */
  readonly scales: Float32Array;
  /** uint8 [out * ceil(in / block / 2)], packed alike within each row. */
  readonly zeroPoints: Uint8Array;
  readonly blockSize: number;
}

const STEPS = 15;

/** The block of the common 4-bit file formats, whose steps are then mostly kept. */
export const NIBBLE_BLOCK = 32;

/** `weights` is [out, in]: value = scale * (integer - zero point). Throws RangeError where blocks do not fit. */
export function quantizeNibbles(weights: Float32Array, inputs: number): NibbleQuantized {
  if (inputs % NIBBLE_BLOCK !== 0) throw new RangeError(`${inputs} inputs are not a multiple of ${NIBBLE_BLOCK}`);
  const blocksPerRow = inputs / NIBBLE_BLOCK;
  const zeroBytesPerRow = Math.ceil(blocksPerRow / 2);
  const values = new Uint8Array(weights.length / 2);
  const scales = new Float32Array(weights.length / NIBBLE_BLOCK);
  const zeroPoints = new Uint8Array((weights.length / inputs) * zeroBytesPerRow);
  for (let block = 0; block < scales.length; block++) {
    const start = block * NIBBLE_BLOCK;
    // The range holds 0, which is then a step of its own.
    let [least, largest] = [0, 0];
    for (let i = start; i < start + NIBBLE_BLOCK; i++) {
      least = Math.min(least, weights[i] as number);
      largest = Math.max(largest, weights[i] as number);
    }
    const scale = least === largest ? 1 : (largest - least) / STEPS;
    const zeroPoint = Math.round(-least / scale);
    scales[block] = scale;
    const place = block % blocksPerRow;
    setNibble(zeroPoints, 2 * Math.floor(block / blocksPerRow) * zeroBytesPerRow + place, zeroPoint);
    for (let i = start; i < start + NIBBLE_BLOCK; i++) {
      const step = Math.round((weights[i] as number) / scale) + zeroPoint;
      setNibble(values, i, Math.min(STEPS, Math.max(0, step)));
    }
  }
  return { values, scales, zeroPoints, blockSize: NIBBLE_BLOCK };
}

function setNibble(bytes: Uint8Array, index: number, value: number): void {
  const byte = index >> 1;
  bytes[byte] = (bytes[byte] as number) | (index % 2 === 0 ? value : value << 4);
}
