/** 8-bit weights, symmetric (no zero point other than the storage offset), nearest rounding. */

export interface BlockQuantized {
  /** uint8 [out, in / block, block], offset 128: the layout of com.microsoft.MatMulNBits. */
  readonly values: Uint8Array;
  /** float32 [out * in / block] */
  readonly scales: Float32Array;
  readonly blockSize: number;
}

/** The largest block that divides the inputs: fewer scales make a faster pass; 64 keeps the error near that of 32. */
export function blockSizeFor(inputs: number): number {
  const size = [64, 32, 16].find((candidate) => inputs % candidate === 0);
  if (size === undefined) throw new RangeError(`${inputs} inputs are not a multiple of 16`);
  return size;
}

/** `weights` is [out, in]. */
export function quantizeBlocks(weights: Float32Array, inputs: number): BlockQuantized {
  const blockSize = blockSizeFor(inputs);
  const values = new Uint8Array(weights.length);
  const scales = new Float32Array(weights.length / blockSize);
  for (let block = 0; block < scales.length; block++) {
    const start = block * blockSize;
    let largest = 0;
    for (let i = start; i < start + blockSize; i++) largest = Math.max(largest, Math.abs(weights[i] as number));
    scales[block] = largest / 127;
    const inverse = largest === 0 ? 0 : 127 / largest;
    for (let i = start; i < start + blockSize; i++) values[i] = Math.round((weights[i] as number) * inverse) + 128;
  }
  return { values, scales, blockSize };
}

export interface ChannelQuantized {
  /** int8 [in, out]: transposed, as MatMulInteger wants it. */
  readonly values: Int8Array;
  /** float32 [out] */
  readonly scales: Float32Array;
}

/** One scale for each output channel; `weights` is [out, in]. */
export function quantizeChannels(weights: Float32Array, inputs: number): ChannelQuantized {
  const outputs = weights.length / inputs;
  const values = new Int8Array(weights.length);
  const scales = rowScales(weights, inputs);
  for (let output = 0; output < outputs; output++) {
    const inverse = 1 / (scales[output] as number);
    const row = output * inputs;
    for (let input = 0; input < inputs; input++) {
      values[input * outputs + output] = Math.round((weights[row + input] as number) * inverse);
    }
  }
  return { values, scales };
}

/** int8 [rows, width] with one scale a row, for a table that rows are picked from. */
export function quantizeRows(table: Float32Array, width: number): ChannelQuantized {
  const scales = rowScales(table, width);
  const values = new Int8Array(table.length);
  for (let i = 0; i < table.length; i++) {
    values[i] = Math.round((table[i] as number) / (scales[Math.floor(i / width)] as number));
  }
  return { values, scales };
}

/** Largest magnitude of each row over 127; 1 for a row of zeros, so that nothing divides by 0. */
function rowScales(table: Float32Array, width: number): Float32Array {
  const scales = new Float32Array(table.length / width);
  for (let row = 0; row < scales.length; row++) {
    let largest = 0;
    for (let i = row * width; i < (row + 1) * width; i++) largest = Math.max(largest, Math.abs(table[i] as number));
    scales[row] = largest === 0 ? 1 : largest / 127;
  }
  return scales;
}
