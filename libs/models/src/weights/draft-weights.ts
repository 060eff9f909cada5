/**
 * A distilled draft as a WeightSource: its own layers and output head, on its target's token embedding.
 *
 * The asset is a folder with config.json and model.safetensors. A matrix `X` [out, in] is stored as int8 with
 * half-precision scales `X.scale` [out, in / block]: value = scale * integer. Vectors are floats. The head has
 * rows for the tokens of `head_token_ids` alone (ascending) and a bias; the final RMS norm has no weight.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelError } from '../error.js';
import type { Architecture, FloatTensor, WeightSource } from '../types.js';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';

const count = z.int().min(1);
const configSchema = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  licence: z.string(),
  hidden_size: count,
  num_layers: count.max(1000),
  num_heads: count,
  num_kv_heads: count,
  head_dim: count,
  intermediate_size: count,
  vocab_size: count,
  head_size: count,
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive(),
  quantization: z.object({ bits: z.literal(8), block: count }),
  provenance: z.record(z.string(), z.string()),
});

export type DraftConfig = z.infer<typeof configSchema>;

export interface DraftAsset {
  readonly directory: string;
  readonly config: DraftConfig;
}

export interface DraftWeights extends WeightSource {
  readonly headTokenIds: Int32Array;
  close(): void;
}

/** Errors: `not_found`, `corrupt`. */
export function readDraftAsset(directory: string): DraftAsset {
  try {
    const config = configSchema.safeParse(JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')));
    if (config.success) return { directory, config: config.data };
    throw new ModelError('corrupt', `${directory}/config.json: ${z.prettifyError(config.error)}`.replaceAll('\n', ' '));
  } catch (reason) {
    if (reason instanceof SyntaxError)
      throw new ModelError('corrupt', `${directory}/config.json is not JSON`, { cause: reason });
    throw ModelError.from(reason);
  }
}

/**
 * `target` gives the embedding and must stay open as long as the draft. Close the draft when done.
 * Errors: `invalid_argument` if the draft was made for a target of other width or vocabulary; `corrupt`.
 */
export function draftWeights(asset: DraftAsset, target: WeightSource): DraftWeights {
  const { config } = asset;
  const { hiddenSize, vocabularySize, contextLength } = target.architecture;
  if (config.hidden_size !== hiddenSize || config.vocab_size !== vocabularySize) {
    throw new ModelError(
      'invalid_argument',
      `draft ${config.name} needs a target of width ${config.hidden_size} with ${config.vocab_size} tokens, not ${hiddenSize} with ${vocabularySize}`,
    );
  }
  const architecture: Architecture = {
    family: 'llama',
    hiddenSize,
    layers: config.num_layers,
    heads: config.num_heads,
    keyValueHeads: config.num_kv_heads,
    headSize: config.head_dim,
    feedForwardSize: config.intermediate_size,
    vocabularySize,
    contextLength,
    rmsNormEpsilon: config.rms_norm_eps,
    ropeTheta: config.rope_theta,
  };
  const file = openSafetensors(join(asset.directory, 'model.safetensors'));
  try {
    const shapes = expectedShapes(architecture, config.head_size);
    for (const [name, shape] of shapes) checkShape(file, name, shape, config.quantization.block);
    const headTokenIds = readHeadTokenIds(file, config.head_size, vocabularySize);
    return {
      architecture,
      headTokenIds,
      has: (name) => name === EMBEDDING || shapes.has(name),
      read: (name) => {
        if (name === EMBEDDING) return target.read(name);
        if (!shapes.has(name)) throw new ModelError('invalid_argument', `no weight is called ${name}`);
        return file.has(`${name}.scale`) ? readQuantized(file, name, config.quantization.block) : file.readFloats(name);
      },
      close: () => file.close(),
    };
  } catch (reason) {
    file.close();
    throw ModelError.from(reason);
  }
}

const EMBEDDING = 'model.embed_tokens.weight';

function expectedShapes(architecture: Architecture, headRows: number): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize, headSize, feedForwardSize } = architecture;
  const queries = architecture.heads * headSize;
  const keys = architecture.keyValueHeads * headSize;
  const shapes = new Map<string, readonly number[]>([
    ['lm_head.weight', [headRows, hiddenSize]],
    ['lm_head.bias', [headRows]],
  ]);
  for (let layer = 0; layer < architecture.layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    shapes.set(`${prefix}input_layernorm.weight`, [hiddenSize]);
    shapes.set(`${prefix}self_attn.q_proj.weight`, [queries, hiddenSize]);
    shapes.set(`${prefix}self_attn.k_proj.weight`, [keys, hiddenSize]);
    shapes.set(`${prefix}self_attn.v_proj.weight`, [keys, hiddenSize]);
    shapes.set(`${prefix}self_attn.o_proj.weight`, [hiddenSize, queries]);
    shapes.set(`${prefix}post_attention_layernorm.weight`, [hiddenSize]);
    shapes.set(`${prefix}mlp.gate_proj.weight`, [feedForwardSize, hiddenSize]);
    shapes.set(`${prefix}mlp.up_proj.weight`, [feedForwardSize, hiddenSize]);
    shapes.set(`${prefix}mlp.down_proj.weight`, [hiddenSize, feedForwardSize]);
  }
  return shapes;
}

function checkShape(file: SafetensorsFile, name: string, shape: readonly number[], block: number): void {
  const corrupt = () => new ModelError('corrupt', `draft asset: tensor ${name} has the wrong shape`);
  if (file.shape(name).join() !== shape.join()) throw corrupt();
  if (!file.has(`${name}.scale`)) return;
  const [rows = 0, columns = 0] = shape;
  if (file.shape(`${name}.scale`).join() !== [rows, columns / block].join()) throw corrupt();
}

function readQuantized(file: SafetensorsFile, name: string, block: number): FloatTensor {
  const integers = file.readInt8(name);
  const scales = file.readFloats(`${name}.scale`).data;
  const data = new Float32Array(integers.length);
  for (let i = 0, b = 0; i < data.length; b++) {
    const scale = scales[b]!;
    for (const end = i + block; i < end; i++) data[i] = scale * integers[i]!;
  }
  return { shape: file.shape(name), data };
}

function readHeadTokenIds(file: SafetensorsFile, headRows: number, vocabularySize: number): Int32Array {
  const ids = file.readInt32('head_token_ids');
  let previous = -1;
  for (const id of ids) {
    if (id <= previous || id >= vocabularySize)
      throw new ModelError('corrupt', 'draft asset: head_token_ids do not ascend within the vocabulary');
    previous = id;
  }
  if (ids.length !== headRows)
    throw new ModelError('corrupt', 'draft asset: head_token_ids and lm_head differ in length');
  return ids;
}
