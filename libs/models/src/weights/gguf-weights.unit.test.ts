import { describe, expect, it } from 'vitest';
import { ModelError } from '../error.js';
import { openGguf } from '../gguf/file.js';
import {
  bool,
  f32,
  floatBytes,
  ggufBytes,
  string,
  u32,
  type Typed,
  type WrittenTensor,
} from '../gguf/gguf-writer.fixture.js';
import { scratchFolders } from '../scratch-folder.fixture.js';
import type { WeightSource } from '../types.js';
import { ggufWeights } from './gguf-weights.js';
import { tensor, TINY, TINY_VOCABULARY, tinyMetadata, tinyTensors } from './tiny-model.fixture.js';

const scratch = scratchFolders();

function weights(metadata: Record<string, Typed>, tensors: readonly WrittenTensor[]): WeightSource {
  return ggufWeights(openGguf(scratch.file('model.gguf', ggufBytes({ metadata, tensors }))));
}

function refusal(change: {
  metadata?: Record<string, Typed | undefined>;
  tensors?: (all: WrittenTensor[]) => WrittenTensor[];
}): ModelError {
  const metadata = { ...tinyMetadata('llama'), ...change.metadata };
  const present = Object.entries(metadata).filter((entry): entry is [string, Typed] => entry[1] !== undefined);
  try {
    weights(Object.fromEntries(present), (change.tensors ?? ((all) => all))(tinyTensors('llama')));
  } catch (reason) {
    if (reason instanceof ModelError) return reason;
    throw reason;
  }
  throw new Error('the file was accepted');
}

describe('ggufWeights', () => {
  it('reads the dimensions, and single-precision figures as the decimals they are meant as', () => {
    const { architecture } = weights(
      { ...tinyMetadata('llama'), 'llama.rope.freq_base': f32(500000) },
      tinyTensors('llama'),
    );
    expect(architecture).toEqual({
      family: 'llama',
      hiddenSize: TINY.hidden,
      layers: TINY.layers,
      heads: TINY.heads,
      keyValueHeads: TINY.keyValueHeads,
      headSize: TINY.headSize,
      feedForwardSize: TINY.feedForward,
      vocabularySize: TINY_VOCABULARY,
      contextLength: TINY.context,
      rmsNormEpsilon: 1e-5,
      ropeTheta: 500000,
    });
    expect(weights(tinyMetadata('llama'), tinyTensors('llama')).architecture.ropeTheta).toBe(10000);
  });

  it('gives every tensor its Hugging Face name and shape', () => {
    const source = weights(tinyMetadata('llama'), tinyTensors('llama'));
    expect(source.read('model.layers.1.mlp.down_proj.weight').shape).toEqual([TINY.hidden, TINY.feedForward]);
    expect(source.read('model.layers.0.self_attn.k_proj.weight').shape).toEqual([TINY.headSize, TINY.hidden]);
    expect(source.read('model.embed_tokens.weight').shape).toEqual([TINY_VOCABULARY, TINY.hidden]);
    expect(source.has('model.norm.weight')).toBe(true);
    expect(source.has('model.layers.0.self_attn.q_proj.bias')).toBe(false);
    expect(source.headTokenIds).toBeUndefined();
    expect(() => source.read('model.layers.2.mlp.up_proj.weight')).toThrow(ModelError);
  });

  it('tells a tied output head from one of its own', () => {
    const tied = weights(tinyMetadata('llama'), tinyTensors('llama'));
    expect(tied.has('lm_head.weight')).toBe(false);
    const own = weights(tinyMetadata('llama'), [
      ...tinyTensors('llama'),
      tensor('output.weight', TINY_VOCABULARY, TINY.hidden),
    ]);
    expect(own.read('lm_head.weight').shape).toEqual([TINY_VOCABULARY, TINY.hidden]);
  });

  it('undoes the interleaved row order of q and k in llama files, and of nothing else', () => {
    // Each row holds the number of its row in Hugging Face's order. llama.cpp's converter reshapes a head's rows to
    // [2, headSize / 2] and swaps the two axes: those of a head of 16 lie in the file as 0 8 1 9 2 10 ...
    const straight = (rows: number) => Array.from({ length: rows }, (_, row) => row);
    const interleaved = (rows: number) =>
      straight(rows).map((row) => row - (row % 16) + (row % 2) * 8 + Math.floor((row % 16) / 2));
    expect(interleaved(16).slice(0, 6)).toEqual([0, 8, 1, 9, 2, 10]);
    const inFile = (rows: readonly number[]) => floatBytes(rows.flatMap((row) => Array<number>(TINY.hidden).fill(row)));
    const labelled = tinyTensors('llama').map((each) => {
      if (each.name === 'blk.0.attn_q.weight') return { ...each, bytes: inFile(interleaved(32)) };
      if (each.name === 'blk.0.attn_k.weight') return { ...each, bytes: inFile(interleaved(16)) };
      if (each.name === 'blk.0.attn_v.weight') return { ...each, bytes: inFile(straight(16)) };
      return each;
    });
    const source = weights(tinyMetadata('llama'), labelled);
    const rows = (name: string) => {
      const { data } = source.read(`model.layers.0.self_attn.${name}.weight`);
      return Array.from({ length: data.length / TINY.hidden }, (_, row) => data[row * TINY.hidden + 3]);
    };
    expect(rows('q_proj')).toEqual(straight(32));
    expect(rows('k_proj')).toEqual(straight(16));
    expect(rows('v_proj')).toEqual(straight(16));
  });

  it('reads qwen2 files as they are, with the biases of q, k and v', () => {
    const bias = Array.from({ length: 32 }, (_, i) => i);
    const tensors = tinyTensors('qwen2').map((each) =>
      each.name === 'blk.1.attn_q.bias' ? { ...each, bytes: floatBytes(bias) } : each,
    );
    const source = weights(tinyMetadata('qwen2'), tensors);
    expect(source.architecture.family).toBe('qwen2');
    expect([...source.read('model.layers.1.self_attn.q_proj.bias').data]).toEqual(bias);
    expect(() =>
      weights(
        tinyMetadata('qwen2'),
        tensors.filter(({ name }) => name !== 'blk.0.attn_v.bias'),
      ),
    ).toThrow(/attn_v\.bias is missing/);
  });

  it.each<[string, Record<string, Typed | undefined>, RegExp]>([
    [
      'another architecture',
      { 'general.architecture': string('gemma2') },
      /gemma2 is not supported; supported are llama, qwen2/,
    ],
    ['rope scaling', { 'llama.rope.scaling.type': string('yarn') }, /rope scaling \(yarn\)/],
    ['experts', { 'llama.expert_count': u32(8) }, /mixture of experts/],
    ['partial rotary', { 'llama.rope.dimension_count': u32(2) }, /partial rotary/],
    ['sliding window', { 'llama.attention.sliding_window': u32(16) }, /sliding-window/],
    ['encoders', { 'llama.attention.causal': bool(false) }, /causal/],
    ['value size', { 'llama.attention.value_length': u32(8) }, /value size/],
  ])('refuses %s', (_, metadata, message) => {
    const error = refusal({ metadata });
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(message);
  });

  it('refuses a tensor it would leave out', () => {
    const error = refusal({ tensors: (all) => [...all, tensor('rope_freqs.weight', 2)] });
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(/rope_freqs\.weight/);
  });

  it.each<[string, Parameters<typeof refusal>[0], RegExp]>([
    ['a missing figure', { metadata: { 'llama.block_count': undefined } }, /llama\.block_count is missing/],
    ['a figure of the wrong type', { metadata: { 'llama.block_count': string('2') } }, /not a number/],
    ['more layers than tensors', { metadata: { 'llama.block_count': u32(2_000_000_000) } }, /layers, but only/],
    ['heads that do not fit', { metadata: { 'llama.attention.head_count': u32(3) } }, /do not fit/],
    [
      'a missing tensor',
      { tensors: (all) => all.filter(({ name }) => name !== 'blk.1.ffn_up.weight') },
      /ffn_up\.weight is missing/,
    ],
    [
      'a tensor of another shape',
      { tensors: (all) => all.map((each) => (each.name === 'output_norm.weight' ? tensor(each.name, 4) : each)) },
      /output_norm\.weight has shape \[4\], not \[32\]/,
    ],
    ['no embedding', { tensors: (all) => all.slice(1) }, /token_embd\.weight is missing/],
  ])('refuses a file with %s', (_, change, message) => {
    const error = refusal(change);
    expect(error.code).toBe('corrupt');
    expect(error.message).toMatch(message);
  });
});
