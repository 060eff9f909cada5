/** Grouped-query attention over frozen blocks and the tail; see signature.ts for the shape of the past. */
import type { Architecture } from '../types.js';
import type { OnnxWriter, Value } from './onnx-writer.js';
import { INPUTS, frozenKey, frozenValue, tail } from './signature.js';

export interface RotaryTables {
  readonly cosine: Value;
  readonly sine: Value;
}

/** float32 [context length, head size / 2] each: position times theta^(-2 i / head size) (arXiv:2104.09864, eq. 15). */
export function rotaryTables(graph: OnnxWriter, architecture: Architecture): RotaryTables {
  const { contextLength, headSize, ropeTheta } = architecture;
  const half = headSize / 2;
  const cosine = new Float32Array(contextLength * half);
  const sine = new Float32Array(contextLength * half);
  for (let i = 0; i < cosine.length; i++) {
    const angle = Math.floor(i / half) / ropeTheta ** ((2 * (i % half)) / headSize);
    cosine[i] = Math.cos(angle);
    sine[i] = Math.sin(angle);
  }
  const shape = [contextLength, half];
  return {
    cosine: graph.weight('rotary_cosine', 'float32', shape, cosine),
    sine: graph.weight('rotary_sine', 'float32', shape, sine),
  };
}

export interface Attended {
  /** [T, query heads * head size] */
  readonly output: Value;
  /** [1, T * heads of all kinds, head size] */
  readonly newRows: Value;
}

/** `projected` is [T, heads of all kinds * head size]: queries (already divided by sqrt(head size)), keys, values. */
export function attention(
  graph: OnnxWriter,
  architecture: Architecture,
  layer: number,
  projected: Value,
  tables: RotaryTables,
): Attended {
  const { headSize, heads } = architecture;
  // Each head's row as a token of its own, values at position 0, where the rotation is the identity: one operator
  // rotates queries and keys and lets values pass, without taking them apart.
  const headRows = graph.op('Reshape', [projected, graph.integers(1, -1, headSize)]);
  const rotary = [headRows, INPUTS.rotaryPositions, tables.cosine, tables.sine];
  const newRows = graph.contributed('RotaryEmbedding', rotary, { interleaved: 0 });
  const table = graph.op('Concat', [newRows, tail(layer)], { axis: 1 });
  const query = graph.op('Gather', [newRows, INPUTS.queryIndex], { axis: 1 });
  const key = graph.op('Gather', [table, INPUTS.keyIndex], { axis: 1 });
  const value = graph.op('Gather', [table, INPUTS.valueIndex], { axis: 1 });

  const frozenScores = graph.contributed('FusedMatMul', [query, frozenKey(layer)], { transB: 1 });
  const tailScores = graph.contributed('FusedMatMul', [query, key], { transB: 1 });
  const scores = graph.op('Concat', [frozenScores, tailScores], { axis: -1 });
  const weights = graph.op('Softmax', [graph.op('Add', [scores, INPUTS.mask])], { axis: -1 });
  const [frozenWeights, tailWeights] = graph.multiple('', 'Split', [weights, INPUTS.keySplit], ['frozen', 'tail'], {
    axis: -1,
  }) as [Value, Value];
  const sum = graph.op('Add', [
    graph.op('MatMul', [frozenWeights, frozenValue(layer)]),
    graph.op('MatMul', [tailWeights, value]),
  ]);
  const rows = graph.op('GatherND', [sum, INPUTS.outputIndex]);
  return { output: graph.op('Reshape', [rows, graph.integers(-1, heads * headSize)]), newRows };
}
