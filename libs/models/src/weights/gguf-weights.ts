/** A GGUF file of the llama or qwen2 family as a WeightSource. */
import { ModelError } from '../error.js';
import type { GgufFile } from '../gguf/file.js';
import type { Architecture, FloatTensor, WeightSource } from '../types.js';
import { ggufArchitecture } from './gguf-architecture.js';
import { halfRotationOrder } from './rotary-order.js';

/** A tensor under its canonical name: where the file has it, and what its shape must be. */
interface Mapping {
  readonly ggufName: string;
  readonly shape: readonly number[];
  readonly optional?: true;
  /** q and k of llama files. */
  readonly interleaved?: true;
}

/**
 * Checks the architecture, that every needed tensor is there with the right shape, and that none is there
 * that would be left out. Tensors are read and dequantised on each `read`. The file must stay open.
 * Errors: `unsupported`, `corrupt`.
 */
export function ggufWeights(file: GgufFile): WeightSource {
  const vocabularySize = file.tensors.get('token_embd.weight')?.shape[0];
  if (vocabularySize === undefined) throw new ModelError('corrupt', 'GGUF: tensor token_embd.weight is missing');
  const architecture = ggufArchitecture(file.metadata, vocabularySize);
  const mappings = tensorMappings(architecture, file.tensors.size);
  checkTensors(file, mappings);
  return {
    architecture,
    has: (name) => {
      const mapping = mappings.get(name);
      return mapping !== undefined && file.tensors.has(mapping.ggufName);
    },
    read: (name) => {
      const mapping = mappings.get(name);
      if (mapping === undefined) throw new ModelError('invalid_argument', `no weight is called ${name}`);
      return readMapped(file, mapping, architecture);
    },
  };
}

function readMapped(file: GgufFile, mapping: Mapping, architecture: Architecture): FloatTensor {
  const tensor = file.readTensor(mapping.ggufName);
  return mapping.interleaved ? halfRotationOrder(tensor, architecture.headSize) : tensor;
}

function tensorMappings(architecture: Architecture, tensorCount: number): ReadonlyMap<string, Mapping> {
  const { hiddenSize, headSize, layers, vocabularySize } = architecture;
  const queries = architecture.heads * headSize;
  const keys = architecture.keyValueHeads * headSize;
  const feedForward = architecture.feedForwardSize;
  const qkOrder = architecture.family === 'llama' ? ({ interleaved: true } as const) : {};
  const biased = architecture.family === 'qwen2' ? {} : ({ optional: true } as const);
  // A layer has nine tensors; without this bound an absurd layer count would fill the map first.
  if (layers * 9 > tensorCount)
    throw new ModelError('corrupt', `GGUF: ${layers} layers, but only ${tensorCount} tensors`);

  const mappings = new Map<string, Mapping>([
    ['model.embed_tokens.weight', { ggufName: 'token_embd.weight', shape: [vocabularySize, hiddenSize] }],
    ['model.norm.weight', { ggufName: 'output_norm.weight', shape: [hiddenSize] }],
    ['lm_head.weight', { ggufName: 'output.weight', shape: [vocabularySize, hiddenSize], optional: true }],
  ]);
  for (let layer = 0; layer < layers; layer++) {
    const to = `model.layers.${layer}.`;
    const from = `blk.${layer}.`;
    const map = (name: string, ggufName: string, shape: readonly number[], extra: Partial<Mapping> = {}) =>
      mappings.set(to + name, { ggufName: from + ggufName, shape, ...extra });
    map('input_layernorm.weight', 'attn_norm.weight', [hiddenSize]);
    map('self_attn.q_proj.weight', 'attn_q.weight', [queries, hiddenSize], qkOrder);
    map('self_attn.k_proj.weight', 'attn_k.weight', [keys, hiddenSize], qkOrder);
    map('self_attn.v_proj.weight', 'attn_v.weight', [keys, hiddenSize]);
    map('self_attn.q_proj.bias', 'attn_q.bias', [queries], { ...biased, ...qkOrder });
    map('self_attn.k_proj.bias', 'attn_k.bias', [keys], { ...biased, ...qkOrder });
    map('self_attn.v_proj.bias', 'attn_v.bias', [keys], biased);
    map('self_attn.o_proj.weight', 'attn_output.weight', [hiddenSize, queries]);
    map('post_attention_layernorm.weight', 'ffn_norm.weight', [hiddenSize]);
    map('mlp.gate_proj.weight', 'ffn_gate.weight', [feedForward, hiddenSize]);
    map('mlp.up_proj.weight', 'ffn_up.weight', [feedForward, hiddenSize]);
    map('mlp.down_proj.weight', 'ffn_down.weight', [hiddenSize, feedForward]);
  }
  return mappings;
}

function checkTensors(file: GgufFile, mappings: ReadonlyMap<string, Mapping>): void {
  const used = new Set<string>();
  for (const { ggufName, shape, optional } of mappings.values()) {
    const info = file.tensors.get(ggufName);
    if (info === undefined) {
      if (optional) continue;
      throw new ModelError('corrupt', `GGUF: tensor ${ggufName} is missing`);
    }
    if (info.shape.join() !== shape.join()) {
      throw new ModelError(
        'corrupt',
        `GGUF: tensor ${ggufName} has shape [${info.shape.join(', ')}], not [${shape.join(', ')}]`,
      );
    }
    used.add(ggufName);
  }
  // A tensor nobody reads (rope_freqs, attn_q_norm, ...) means a computation our graph would leave out.
  const unused = [...file.tensors.keys()].find((name) => !used.has(name));
  if (unused !== undefined)
    throw new ModelError('unsupported', `GGUF: tensor ${unused} belongs to a variant that is not supported`);
}
