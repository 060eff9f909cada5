/** A GGUF file of a decoder with two layers and a handful of tokens, for tests. */
import { byteCharacter } from '../tokenizer/byte-alphabet.js';
import {
  bool,
  f32,
  floatBytes,
  ggufBytes,
  i32s,
  string,
  strings,
  u32,
  type Typed,
  type WrittenTensor,
} from '../gguf/gguf-writer.fixture.js';

/** The smallest that the graph builder has an 8-bit form for. */
export const TINY = {
  hidden: 32,
  heads: 2,
  keyValueHeads: 1,
  headSize: 16,
  feedForward: 48,
  layers: 2,
  context: 64,
} as const;

const SPECIALS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Three special tokens, then the 256 bytes, then "he". */
export const TINY_VOCABULARY = SPECIALS.length + 256 + 1;

export function tinyMetadata(family: 'llama' | 'qwen2'): Record<string, Typed> {
  const tokens = [...SPECIALS, ...Array.from({ length: 256 }, (_, byte) => byteCharacter(byte)), 'he'];
  return {
    'general.architecture': string(family),
    'general.name': string('Tiny'),
    'general.license': string('apache-2.0'),
    [`${family}.block_count`]: u32(TINY.layers),
    [`${family}.context_length`]: u32(TINY.context),
    [`${family}.embedding_length`]: u32(TINY.hidden),
    [`${family}.feed_forward_length`]: u32(TINY.feedForward),
    [`${family}.attention.head_count`]: u32(TINY.heads),
    [`${family}.attention.head_count_kv`]: u32(TINY.keyValueHeads),
    [`${family}.attention.layer_norm_rms_epsilon`]: f32(1e-5),
    'tokenizer.ggml.model': string('gpt2'),
    'tokenizer.ggml.pre': string(family === 'llama' ? 'smollm' : 'qwen2'),
    'tokenizer.ggml.tokens': strings(tokens),
    'tokenizer.ggml.token_type': i32s(tokens.map((_, id) => (id < SPECIALS.length ? 3 : 1))),
    'tokenizer.ggml.merges': strings(['h e']),
    'tokenizer.ggml.bos_token_id': u32(1),
    'tokenizer.ggml.eos_token_id': u32(2),
    'tokenizer.ggml.add_bos_token': bool(false),
    'tokenizer.chat_template': string(TEMPLATE),
  };
}

/** All tensors of the model, filled with small numbers that differ from place to place. */
export function tinyTensors(family: 'llama' | 'qwen2'): WrittenTensor[] {
  const { hidden, feedForward } = TINY;
  const queries = TINY.heads * TINY.headSize;
  const keys = TINY.keyValueHeads * TINY.headSize;
  const tensors: WrittenTensor[] = [
    tensor('token_embd.weight', TINY_VOCABULARY, hidden),
    tensor('output_norm.weight', hidden),
  ];
  for (let layer = 0; layer < TINY.layers; layer++) {
    const named = (name: string, ...shape: number[]) => tensors.push(tensor(`blk.${layer}.${name}`, ...shape));
    named('attn_norm.weight', hidden);
    named('attn_q.weight', queries, hidden);
    named('attn_k.weight', keys, hidden);
    named('attn_v.weight', keys, hidden);
    named('attn_output.weight', hidden, queries);
    named('ffn_norm.weight', hidden);
    named('ffn_gate.weight', feedForward, hidden);
    named('ffn_up.weight', feedForward, hidden);
    named('ffn_down.weight', hidden, feedForward);
    if (family === 'llama') continue;
    named('attn_q.bias', queries);
    named('attn_k.bias', keys);
    named('attn_v.bias', keys);
  }
  return tensors;
}

export function tensor(name: string, ...shape: number[]): WrittenTensor {
  const values = Array.from(
    { length: shape.reduce((product, each) => product * each, 1) },
    (_, i) => ((i * 37 + name.length * 11) % 101) / 100 - 0.5,
  );
  return { name, shape, bytes: floatBytes(values) };
}

export function tinyGguf(family: 'llama' | 'qwen2' = 'llama'): Buffer {
  return ggufBytes({ metadata: tinyMetadata(family), tensors: tinyTensors(family) });
}
