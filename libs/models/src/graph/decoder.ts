/** The decoder layers of the llama family (and qwen2, whose q, k and v have biases), one operator list. */
import type { Architecture, WeightSource } from '../types.js';
import { attention, rotaryTables } from './attention.js';
import { samplingHead } from './head.js';
import { linear, type LinearForm } from './linear.js';
import type { OnnxWriter, Value } from './onnx-writer.js';
import { quantizeRows } from './quantize.js';
import { BLOCK_TOKENS, INPUTS, OUTPUTS, frozenKey, frozenValue, headsOfAllKinds, tail } from './signature.js';
import { type ActivationPeaks, type LinearKind, linearName } from './smoothing.js';
import { divideRows, scaleColumns, smoothingScales } from './smoothing.js';

export interface DecoderPlan {
  readonly forms: Readonly<Record<LinearKind, LinearForm>>;
  readonly peaks?: ActivationPeaks | undefined;
  /** Adds an output `peak_{linear name}` for each linear layer's input, to measure peaks with. */
  readonly measurePeaks?: boolean;
}

export const peakOutput = (name: string): string => `peak_${name}`;

/** Adds the whole model to the graph; `afterLayer` is awaited after each layer, so that a long build can be interrupted. */
export async function decoder(
  graph: OnnxWriter,
  source: WeightSource,
  plan: DecoderPlan,
  afterLayer: () => Promise<void>,
): Promise<void> {
  const { architecture } = source;
  declareInputs(graph, architecture);
  const tables = rotaryTables(graph, architecture);
  let residual = embedding(graph, source);
  let delta: Value | undefined;
  const newRows: Value[] = [];

  const normalize = (name: string, weights: Float32Array): Value => {
    const weight = graph.weight(name, 'float32', [weights.length], weights);
    const epsilon = { epsilon: { float: architecture.rmsNormEpsilon } };
    if (delta === undefined) {
      return graph.op('SimplifiedLayerNormalization', [residual, weight], { axis: -1, stash_type: 1, ...epsilon });
    }
    const inputs = [delta, residual, weight];
    const outputs = ['normalized', '', '', 'residual'];
    const values = graph.multiple('com.microsoft', 'SkipSimplifiedLayerNormalization', inputs, outputs, epsilon);
    residual = values[3] as Value;
    return values[0] as Value;
  };
  const apply = (kind: LinearKind, name: string, weights: Float32Array, input: Value, bias?: Float32Array): Value => {
    const inputs = weights.length / (shapeOf(kind, architecture) as number);
    if (plan.measurePeaks === true) measurePeak(graph, name, inputs, input);
    return linear(graph, plan.forms[kind], { name, weights, inputs, bias }, input);
  };

  for (let layer = 0; layer < architecture.layers; layer++) {
    const weights = readLayer(source, layer, plan);
    const attentionInput = normalize(`attention_norm_${layer}`, weights.attentionNorm);
    const projected = apply('qkv', linearName('qkv', layer), weights.qkv, attentionInput, weights.qkvBias);
    const attended = attention(graph, architecture, layer, projected, tables);
    newRows.push(attended.newRows);
    delta = apply('output', linearName('output', layer), weights.output, attended.output);
    const feedForwardInput = normalize(`feed_forward_norm_${layer}`, weights.feedForwardNorm);
    const both = apply('gateUp', linearName('gateUp', layer), weights.gateUp, feedForwardInput);
    const split = graph.multiple('', 'Split', [both], ['gate', 'up'], { axis: -1, num_outputs: 2 }) as [Value, Value];
    const silu = graph.contributed('QuickGelu', [split[0]], { alpha: { float: 1 } });
    delta = apply('down', linearName('down', layer), weights.down, graph.op('Mul', [silu, split[1]]));
    await afterLayer();
  }

  const head = readHead(source, plan);
  const hidden = normalize('final_norm', head.norm);
  if (plan.measurePeaks === true) measurePeak(graph, linearName('head'), architecture.hiddenSize, hidden);
  const layer = { name: 'head', weights: head.weights, inputs: architecture.hiddenSize, bias: head.bias };
  samplingHead(graph, plan.forms.head, layer, hidden);
  keptRows(graph, architecture, newRows);
}

/** Of the new rows, what the cache keeps: the keys and values. */
function keptRows(graph: OnnxWriter, architecture: Architecture, newRows: readonly Value[]): void {
  const { headSize, heads, keyValueHeads, layers } = architecture;
  const tokenSize = headsOfAllKinds(architecture) * headSize;
  const all = graph.op('Reshape', [graph.op('Concat', newRows, { axis: 0 }), graph.integers(layers, -1, tokenSize)]);
  const bounds = [graph.integers(heads * headSize), graph.integers(tokenSize), graph.integers(2)];
  graph.op('Slice', [all, ...bounds], {}, OUTPUTS.newRows);
  graph.output(OUTPUTS.newRows, 'float32', [layers, 'T', 2 * keyValueHeads * headSize]);
}

function declareInputs(graph: OnnxWriter, { layers, heads, keyValueHeads, headSize }: Architecture): void {
  graph.input(INPUTS.tokens, 'int64', ['T']);
  graph.input(INPUTS.rotaryPositions, 'int64', [1, 'heads']);
  graph.input(INPUTS.queryIndex, 'int64', ['B', keyValueHeads, 'M']);
  graph.input(INPUTS.keyIndex, 'int64', ['B', keyValueHeads, BLOCK_TOKENS]);
  graph.input(INPUTS.valueIndex, 'int64', ['B', keyValueHeads, BLOCK_TOKENS]);
  graph.input(INPUTS.outputIndex, 'int64', ['T', heads, 4]);
  graph.input(INPUTS.mask, 'float32', ['B', 1, 'M', 'S']);
  graph.input(INPUTS.keySplit, 'int64', [2]);
  graph.input(INPUTS.scoredRows, 'int64', ['R']);
  graph.input(INPUTS.inverseTemperature, 'float32', ['R', 1]);
  graph.input(INPUTS.lawRows, 'int64', ['Q']);
  graph.input(INPUTS.lawSize, 'int64', [1]);
  graph.input(INPUTS.candidates, 'int64', ['Q', 'C']);
  for (let layer = 0; layer < layers; layer++) {
    graph.input(frozenKey(layer), 'float32', ['B', keyValueHeads, 'P', headSize]);
    graph.input(frozenValue(layer), 'float32', ['B', keyValueHeads, 'P', headSize]);
    graph.input(tail(layer), 'float32', [1, 'tails', headSize]);
  }
}

/** [T, hidden size], from an 8-bit table with a scale for each token. */
function embedding(graph: OnnxWriter, source: WeightSource): Value {
  const { vocabularySize, hiddenSize } = source.architecture;
  const { values, scales } = quantizeRows(source.read('model.embed_tokens.weight').data, hiddenSize);
  const table = graph.weight('embedding', 'int8', [vocabularySize, hiddenSize], values);
  const scale = graph.weight('embedding_scales', 'float32', [vocabularySize], scales);
  const rows = [graph.op('Gather', [table, INPUTS.tokens]), graph.op('Gather', [scale, INPUTS.tokens])];
  return graph.op('DequantizeLinear', rows, { axis: 0 });
}

function measurePeak(graph: OnnxWriter, name: string, channels: number, input: Value): void {
  const axes = [graph.op('Abs', [input]), graph.integers(0)];
  graph.op('ReduceMax', axes, { keepdims: 0 }, peakOutput(name));
  graph.output(peakOutput(name), 'float32', [channels]);
}

/** Output channels of each kind; the head's depend on the vocabulary and are not asked for here. */
function shapeOf(kind: LinearKind, architecture: Architecture): number | undefined {
  const { headSize, hiddenSize, feedForwardSize } = architecture;
  if (kind === 'qkv') return headsOfAllKinds(architecture) * headSize;
  if (kind === 'gateUp') return 2 * feedForwardSize;
  return kind === 'head' ? undefined : hiddenSize;
}

interface LayerWeights {
  readonly attentionNorm: Float32Array;
  readonly qkv: Float32Array;
  readonly qkvBias?: Float32Array | undefined;
  readonly output: Float32Array;
  readonly feedForwardNorm: Float32Array;
  readonly gateUp: Float32Array;
  readonly down: Float32Array;
}

function readLayer(source: WeightSource, layer: number, plan: DecoderPlan): LayerWeights {
  const { architecture } = source;
  const prefix = `model.layers.${layer}.`;
  const read = (name: string): Float32Array => source.read(`${prefix}${name}`).data;
  const scales = (kind: LinearKind, weights: readonly Float32Array[], tie?: (scales: Float32Array) => void) => {
    const peaks = plan.forms[kind] === 'channels' ? plan.peaks?.[linearName(kind, layer)] : undefined;
    return peaks === undefined ? undefined : smoothingScales(kind, peaks, weights, tie);
  };
  const queryScale = 1 / Math.sqrt(architecture.headSize);
  const query = read('self_attn.q_proj.weight').map((value) => value * queryScale);
  const key = read('self_attn.k_proj.weight');
  const output = read('self_attn.o_proj.weight');
  const down = read('mlp.down_proj.weight');
  // An output channel of v feeds a channel of each query head of its group, an output channel of up one of down.
  const outputScales = scales('output', [output], (all) => tieGroups(all, architecture));
  const value = divideRows(read('self_attn.v_proj.weight'), valueScales(outputScales, architecture));
  const downScales = scales('down', [down]);
  const up = divideRows(read('mlp.up_proj.weight'), downScales);
  const gate = read('mlp.gate_proj.weight');
  const qkvScales = scales('qkv', [query, key, value]);
  const gateUpScales = scales('gateUp', [gate, up]);
  return {
    attentionNorm: divideRows(read('input_layernorm.weight'), qkvScales),
    qkv: scaleColumns(concatenate(query, key, value), qkvScales),
    qkvBias: source.has(`${prefix}self_attn.q_proj.bias`)
      ? concatenate(
          read('self_attn.q_proj.bias').map((bias) => bias * queryScale),
          read('self_attn.k_proj.bias'),
          divideRows(read('self_attn.v_proj.bias'), valueScales(outputScales, architecture)),
        )
      : undefined,
    output: scaleColumns(output, outputScales),
    feedForwardNorm: divideRows(read('post_attention_layernorm.weight'), gateUpScales),
    gateUp: scaleColumns(concatenate(gate, up), gateUpScales),
    down: scaleColumns(down, downScales),
  };
}

interface HeadWeights {
  readonly norm: Float32Array;
  readonly weights: Float32Array;
  readonly bias?: Float32Array | undefined;
}

function readHead(source: WeightSource, plan: DecoderPlan): HeadWeights {
  const tied = !source.has('lm_head.weight');
  const weights = source.read(tied ? 'model.embed_tokens.weight' : 'lm_head.weight').data;
  const peaks = plan.forms.head === 'channels' ? plan.peaks?.[linearName('head')] : undefined;
  const scales = peaks === undefined ? undefined : smoothingScales('head', peaks, [weights]);
  const norm = source.has('model.norm.weight')
    ? source.read('model.norm.weight').data
    : new Float32Array(source.architecture.hiddenSize).fill(1);
  return {
    norm: divideRows(norm, scales),
    weights: scaleColumns(weights, scales),
    bias: source.has('lm_head.bias') ? source.read('lm_head.bias').data : undefined,
  };
}

/** Gives the query heads of a group the same scale for each channel: the largest of theirs. */
function tieGroups(scales: Float32Array, { heads, keyValueHeads, headSize }: Architecture): void {
  const group = heads / keyValueHeads;
  for (let head = 0; head < keyValueHeads; head++) {
    for (let channel = 0; channel < headSize; channel++) {
      const places = Array.from({ length: group }, (_, i) => (head * group + i) * headSize + channel);
      const largest = Math.max(...places.map((place) => scales[place] as number));
      for (const place of places) scales[place] = largest;
    }
  }
}

function valueScales(tied: Float32Array | undefined, architecture: Architecture): Float32Array | undefined {
  if (tied === undefined) return undefined;
  const { heads, keyValueHeads, headSize } = architecture;
  const group = heads / keyValueHeads;
  return Float32Array.from({ length: keyValueHeads * headSize }, (_, i) => {
    const head = Math.floor(i / headSize);
    return tied[head * group * headSize + (i % headSize)] as number;
  });
}

function concatenate(...parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
