import { ModelError } from '../error.js';
import { dequantizeBF16, dequantizeF16, dequantizeF32 } from './floats.js';
import { dequantizeQ4K, dequantizeQ5K, dequantizeQ6K } from './k-quants.js';
import { dequantizeQ40, dequantizeQ41, dequantizeQ50, dequantizeQ51, dequantizeQ80 } from './legacy-quants.js';

/**
 * Turns whole blocks into floats: `blocks` holds a multiple of the type's bytes, `out` as many times its
 * values, in file order.
 */
export type Dequantize = (blocks: Uint8Array, out: Float32Array) => void;

/** How one ggml tensor type lies in a file. */
export interface TensorType {
  readonly name: string;
  /** Values in a block; a row of a tensor is a whole number of blocks. */
  readonly blockValues: number;
  readonly blockBytes: number;
  readonly dequantize: Dequantize;
}

/** By the number ggml gives them (enum ggml_type in ggml.h). */
const TYPES: ReadonlyMap<number, TensorType> = new Map([
  [0, { name: 'F32', blockValues: 1, blockBytes: 4, dequantize: dequantizeF32 }],
  [1, { name: 'F16', blockValues: 1, blockBytes: 2, dequantize: dequantizeF16 }],
  [2, { name: 'Q4_0', blockValues: 32, blockBytes: 18, dequantize: dequantizeQ40 }],
  [3, { name: 'Q4_1', blockValues: 32, blockBytes: 20, dequantize: dequantizeQ41 }],
  [6, { name: 'Q5_0', blockValues: 32, blockBytes: 22, dequantize: dequantizeQ50 }],
  [7, { name: 'Q5_1', blockValues: 32, blockBytes: 24, dequantize: dequantizeQ51 }],
  [8, { name: 'Q8_0', blockValues: 32, blockBytes: 34, dequantize: dequantizeQ80 }],
  [12, { name: 'Q4_K', blockValues: 256, blockBytes: 144, dequantize: dequantizeQ4K }],
  [13, { name: 'Q5_K', blockValues: 256, blockBytes: 176, dequantize: dequantizeQ5K }],
  [14, { name: 'Q6_K', blockValues: 256, blockBytes: 210, dequantize: dequantizeQ6K }],
  [30, { name: 'BF16', blockValues: 1, blockBytes: 2, dequantize: dequantizeBF16 }],
]);

/** Types that exist but are not read here, so that the error can name them. */
const UNREAD_NAMES: ReadonlyMap<number, string> = new Map([
  [9, 'Q8_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [15, 'Q8_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [20, 'IQ4_NL'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [23, 'IQ4_XS'],
  [24, 'I8'],
  [25, 'I16'],
  [26, 'I32'],
  [27, 'I64'],
  [28, 'F64'],
  [29, 'IQ1_M'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [39, 'MXFP4'],
]);

/** Errors: `unsupported` for a type that is not read here. */
export function tensorType(id: number, tensor: string): TensorType {
  const type = TYPES.get(id);
  if (type !== undefined) return type;
  const known = [...TYPES.values()].map((each) => each.name).join(', ');
  throw new ModelError(
    'unsupported',
    `GGUF: tensor ${tensor} has type ${UNREAD_NAMES.get(id) ?? id}; supported are ${known}`,
  );
}
