/**
 * Linear layers in four forms. All treat each row by itself, so that a row's result is the same in any company.
 *
 * - `channels`: int8 weights with a scale for each output, uint8 activations with a scale for each row, exact int32 sums
 *   (MatMulInteger). Nearly flat in the number of rows, hence the choice for a target that scores blocks. The
 *   activations want smoothing.
 * - `blocks`: 8-bit weights in blocks with a scale each (MatMulNBits, accuracy level 4, which quantises the
 *   activations in blocks too). One operator instead of six: quickest for a single row.
 * - `nibbles`: 4-bit weights in blocks of 32 with a scale and a zero point each (MatMulNBits, accuracy level 4). Half
 *   the weights' bytes, so quicker still for a single row, at a loss that suits a draft rather than a target.
 * - `float`: the reference that the others are measured against.
 */
import type { OnnxWriter, Value } from './onnx-writer.js';
import { quantizeNibbles } from './quantize-nibbles.js';
import { quantizeBlocks, quantizeChannels } from './quantize.js';

export type LinearForm = 'channels' | 'blocks' | 'nibbles' | 'float';

export interface LinearLayer {
  readonly name: string;
  /** [out, in] */
  readonly weights: Float32Array;
  readonly inputs: number;
  /** [out] */
  readonly bias?: Float32Array | undefined;
}

/** [rows, in] -> [rows, out] */
export function linear(graph: OnnxWriter, form: LinearForm, layer: LinearLayer, input: Value, output?: Value): Value {
  const { bias } = layer;
  const product = multiply(graph, form, layer, input, bias === undefined ? output : undefined);
  if (bias === undefined) return product;
  return graph.op('Add', [product, graph.weight(`${layer.name}_bias`, 'float32', [bias.length], bias)], {}, output);
}

function multiply(graph: OnnxWriter, form: LinearForm, layer: LinearLayer, input: Value, output?: Value): Value {
  const { name, weights, inputs } = layer;
  const outputs = weights.length / inputs;
  if (form === 'float') {
    const weight = graph.weight(`${name}_weights`, 'float32', [outputs, inputs], weights);
    return graph.contributed('FusedMatMul', [input, weight], { transB: 1 }, output);
  }
  if (form === 'blocks') {
    const { values, scales, blockSize } = quantizeBlocks(weights, inputs);
    const weight = graph.weight(`${name}_weights`, 'uint8', [outputs, inputs / blockSize, blockSize], values);
    const scale = graph.weight(`${name}_scales`, 'float32', [scales.length], scales);
    const attributes = { K: inputs, N: outputs, bits: 8, block_size: blockSize, accuracy_level: 4 };
    return graph.contributed('MatMulNBits', [input, weight, scale], attributes, output);
  }
  if (form === 'nibbles') {
    const { values, scales, zeroPoints, blockSize } = quantizeNibbles(weights, inputs);
    const weight = graph.weight(`${name}_weights`, 'uint8', [outputs, inputs / blockSize, blockSize / 2], values);
    const scale = graph.weight(`${name}_scales`, 'float32', [scales.length], scales);
    const zeroPoint = graph.weight(`${name}_zero_points`, 'uint8', [zeroPoints.length], zeroPoints);
    const attributes = { K: inputs, N: outputs, bits: 4, block_size: blockSize, accuracy_level: 4 };
    return graph.contributed('MatMulNBits', [input, weight, scale, zeroPoint], attributes, output);
  }
  const { values, scales } = quantizeChannels(weights, inputs);
  const weight = graph.weight(`${name}_weights`, 'int8', [inputs, outputs], values);
  const scale = graph.weight(`${name}_scales`, 'float32', [outputs], scales);
  // Rows are brought to [-1, 1] and stored with an offset of 128: uint8 by int8 is the product that has kernels everywhere.
  const offset = graph.constant('uint8', [], Uint8Array.of(128));
  const step = graph.scalar(1 / 127);
  const peak = graph.op('ReduceMax', [graph.op('Abs', [input]), graph.integers(1)], { keepdims: 1 });
  const quantized = graph.op('QuantizeLinear', [graph.op('Div', [input, peak]), step, offset]);
  const product = graph.contributed('MatMulIntegerToFloat', [quantized, weight, step, scale, offset]);
  // A row of zeros gives 0/0 above, stored as some integer, and is a row of zeros again here.
  return graph.op('Mul', [product, peak], {}, output);
}
