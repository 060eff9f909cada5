import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../error.js';
import { scratchFolders } from '../scratch-folder.fixture.js';
import { hashFile } from '../store/file-hash.js';
import type { WeightSource } from '../types.js';
import { draftWeights, readDraftAsset } from './draft-weights.js';
import { f32Tensor, i32Tensor, i8Tensor, safetensorsBytes, type StoredTensor } from './safetensors-writer.fixture.js';

const scratch = scratchFolders();
const repositoryAsset = fileURLToPath(new URL('../../assets/smollm2-draft-4l', import.meta.url));

const config = {
  name: 'tiny-draft',
  licence: 'Apache-2.0',
  hidden_size: 4,
  num_layers: 1,
  num_heads: 1,
  num_kv_heads: 1,
  head_dim: 4,
  intermediate_size: 8,
  vocab_size: 10,
  head_size: 3,
  rms_norm_eps: 1e-5,
  rope_theta: 100000,
  quantization: { bits: 8, block: 2 },
  provenance: { derivedFrom: 'a test' },
};

const target: WeightSource = {
  architecture: {
    family: 'llama',
    hiddenSize: 4,
    layers: 7,
    heads: 2,
    keyValueHeads: 1,
    headSize: 2,
    feedForwardSize: 16,
    vocabularySize: 10,
    contextLength: 128,
    rmsNormEpsilon: 1e-6,
    ropeTheta: 10000,
  },
  has: (name) => name === 'model.embed_tokens.weight',
  read: () => ({ shape: [10, 4], data: new Float32Array(40).fill(0.25) }),
};

function tensors(): Record<string, StoredTensor> {
  const all: Record<string, StoredTensor> = {
    head_token_ids: i32Tensor([3], [1, 5, 9]),
    'lm_head.bias': f32Tensor([3], [0.5, 1, 1.5]),
  };
  const matrix = (name: string, rows: number, columns: number) => {
    const size = rows * columns;
    all[name] = i8Tensor(
      [rows, columns],
      Array.from({ length: size }, (_, i) => (i % 255) - 127),
    );
    all[`${name}.scale`] = f32Tensor(
      [rows, columns / 2],
      Array.from({ length: size / 2 }, (_, i) => (i + 1) / 8),
    );
  };
  matrix('lm_head.weight', 3, 4);
  for (const name of ['q', 'k', 'v', 'o']) matrix(`model.layers.0.self_attn.${name}_proj.weight`, 4, 4);
  matrix('model.layers.0.mlp.gate_proj.weight', 8, 4);
  matrix('model.layers.0.mlp.up_proj.weight', 8, 4);
  matrix('model.layers.0.mlp.down_proj.weight', 4, 8);
  for (const name of ['input_layernorm', 'post_attention_layernorm']) {
    all[`model.layers.0.${name}.weight`] = f32Tensor([4], [1, 1, 1, 1]);
  }
  return all;
}

function asset(change: { config?: object; tensors?: Record<string, StoredTensor> } = {}): string {
  const directory = scratch.make();
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...config, ...change.config }));
  writeFileSync(join(directory, 'model.safetensors'), safetensorsBytes({ ...tensors(), ...change.tensors }));
  return directory;
}

const weights = (directory: string) => draftWeights(readDraftAsset(directory), target);

describe('draftWeights', () => {
  it("stands on its target's embedding and context, with layers of its own", () => {
    const draft = weights(asset());
    expect(draft.architecture).toEqual({
      family: 'llama',
      hiddenSize: 4,
      layers: 1,
      heads: 1,
      keyValueHeads: 1,
      headSize: 4,
      feedForwardSize: 8,
      vocabularySize: 10,
      contextLength: 128,
      rmsNormEpsilon: 1e-5,
      ropeTheta: 100000,
    });
    expect([...draft.headTokenIds]).toEqual([1, 5, 9]);
    expect(draft.read('model.embed_tokens.weight').data[0]).toBe(0.25);
    expect(draft.has('model.norm.weight')).toBe(false);
    expect(draft.has('model.layers.1.mlp.up_proj.weight')).toBe(false);
    expect(() => draft.read('head_token_ids')).toThrow(ModelError);
    draft.close();
  });

  it('multiplies integers by the scale of their block', () => {
    const draft = weights(asset());
    expect(draft.read('lm_head.weight')).toEqual({
      shape: [3, 4],
      data: Float32Array.of(
        -127 / 8,
        -126 / 8,
        -125 / 4,
        -124 / 4,
        (-123 * 3) / 8,
        (-122 * 3) / 8,
        -121 / 2,
        -120 / 2,
        (-119 * 5) / 8,
        (-118 * 5) / 8,
        (-117 * 6) / 8,
        (-116 * 6) / 8,
      ),
    });
    expect([...draft.read('lm_head.bias').data]).toEqual([0.5, 1, 1.5]);
    draft.close();
  });

  it('refuses a target it was not made for', () => {
    expect(() => weights(asset({ config: { hidden_size: 6 } }))).toThrow(
      /needs a target of width 6 with 10 tokens, not 4 with 10/,
    );
    expect(() => weights(asset({ config: { vocab_size: 11 } }))).toThrow(ModelError);
  });

  it.each<[string, Parameters<typeof asset>[0]]>([
    ['head ids that do not ascend', { tensors: { head_token_ids: i32Tensor([3], [1, 9, 5]) } }],
    ['a head id outside the vocabulary', { tensors: { head_token_ids: i32Tensor([3], [1, 5, 10]) } }],
    ['a head of another length', { tensors: { head_token_ids: i32Tensor([2], [1, 5]) } }],
    ['a misshapen matrix', { tensors: { 'lm_head.weight': i8Tensor([4, 3], Array<number>(12).fill(1)) } }],
    ['a misshapen scale', { tensors: { 'lm_head.weight.scale': f32Tensor([3, 1], [1, 1, 1]) } }],
    ['a layer too few', { config: { num_layers: 2 } }],
    ['a wrong figure', { config: { num_layers: -1 } }],
  ])('refuses %s', (_, change) => {
    expect(() => weights(asset(change))).toThrow(ModelError);
  });
});

describe('the default draft', () => {
  it('is small, and the file its config and README speak of', async () => {
    const { sha256, bytes } = await hashFile(join(repositoryAsset, 'model.safetensors'));
    expect(bytes).toBeLessThanOrEqual(20_000_000);
    expect(readDraftAsset(repositoryAsset).config.provenance['assetSha256']).toBe(sha256);
  });
});
