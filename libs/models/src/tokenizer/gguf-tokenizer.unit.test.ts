import { describe, expect, it } from 'vitest';
import { ModelError } from '../error.js';
import type { MetadataValue } from '../gguf/header.js';
import { endTokenIds } from './end-tokens.js';
import { ggufTokenizer } from './gguf-tokenizer.js';
import { smallMetadata, smallTokenizers } from './small-tokenizers.fixture.js';
import { parseTokenizerConfig, parseTokenizerJson } from './tokenizer-files.js';
import { tokenizerFrom } from './tokenizer.js';

function changed(changes: Record<string, MetadataValue>, kind = 'smollm'): Map<string, MetadataValue> {
  return new Map([
    ...smallMetadata(kind),
    ...Object.entries(changes).map(([key, value]): [string, MetadataValue] => [`tokenizer.ggml.${key}`, value]),
  ]);
}

function refusal(changes: Record<string, MetadataValue>): ModelError {
  try {
    ggufTokenizer(changed(changes));
  } catch (reason) {
    if (reason instanceof ModelError) return reason;
    throw reason;
  }
  throw new Error('the tokenizer was accepted');
}

describe('ggufTokenizer', () => {
  it('survives being written to files and read again', () => {
    const files = ggufTokenizer(smallMetadata('llama-bpe'));
    expect(parseTokenizerJson(JSON.stringify(files.json))).toEqual(files.json);
    expect(parseTokenizerConfig(JSON.stringify(files.config))).toEqual(files.config);
    expect(files.config).toMatchObject({
      add_bos_token: true,
      bos_token: '<|begin_of_text|>',
      eos_token: '<|im_end|>',
    });
  });

  it('matches user-defined tokens in text, as the model was made to, but not control tokens', () => {
    const { tokens } = smallTokenizers['smollm']!;
    const types = tokens.map((token) => (token === '<|im_start|>' ? 4 : token === '<|im_end|>' ? 3 : 1));
    const tokenizer = tokenizerFrom(ggufTokenizer(changed({ token_type: types })));
    expect(tokenizer.encode('a<|im_start|>')).toContain(tokens.indexOf('<|im_start|>'));
    expect(tokenizer.encode('a<|im_end|>')).not.toContain(tokens.indexOf('<|im_end|>'));
  });

  it('keeps a vocabulary whose entries are names of object properties', () => {
    const { tokens } = smallTokenizers['smollm']!;
    const all = [...tokens, '__proto__', 'constructor'];
    const files = ggufTokenizer(changed({ tokens: all, token_type: all.map(() => 1) }));
    const parsed = parseTokenizerJson(JSON.stringify(files.json));
    expect(Object.keys(parsed.model.vocab)).toHaveLength(all.length);
    expect(tokenizerFrom({ json: parsed, config: files.config }).size).toBe(all.length);
  });

  it('writes U+FFFD for a character that the vocabulary has no bytes for', () => {
    const { tokens } = smallTokenizers['smollm']!;
    // Byte 0x04 stands as U+0104 in the byte alphabet; rename its token, which no merge uses.
    const tokenizer = tokenizerFrom(
      ggufTokenizer(changed({ tokens: tokens.map((token) => (token === '\u0104' ? 'gone' : token)) })),
    );
    expect(tokenizer.decode(tokenizer.encode('a\u0004b'))).toBe('a\ufffdb');
  });

  it.each<[string, Record<string, MetadataValue>, RegExp]>([
    ['a SentencePiece tokenizer', { model: 'llama' }, /tokenizer model llama/],
    ['an unknown pre-tokenizer', { pre: 'tekken' }, /pre-tokenizer tekken/],
    ['a pre-tokenizer called like an object property', { pre: 'constructor' }, /pre-tokenizer constructor/],
  ])('refuses %s as unsupported', (_, changes, message) => {
    const error = refusal(changes);
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(message);
  });

  it.each<[string, Record<string, MetadataValue>, RegExp]>([
    ['types and tokens of different number', { token_type: [1, 1] }, /differ in length/],
    ['a token twice', { tokens: ['a', 'a'], token_type: [1, 1] }, /occurs twice/],
    ['a merge of unknown tokens', { merges: ['Ġ quux'] }, /merge 0 does not lead to a token/],
    ['a merge of one part', { merges: ['a'] }, /merge 0/],
    ['an end token outside the vocabulary', { eos_token_id: 100000 }, /100000 is outside/],
    ['numbers for tokens', { tokens: [1, 2] }, /not a list of texts/],
  ])('refuses %s as corrupt', (_, changes, message) => {
    const error = refusal(changes);
    expect(error.code).toBe('corrupt');
    expect(error.message).toMatch(message);
  });
});

describe('endTokenIds', () => {
  it('has the eos token and the special tokens that end turns and texts', () => {
    const { tokens } = smallTokenizers['smollm']!;
    const metadata = changed({ eos_token_id: tokens.indexOf('<|im_start|>') });
    const ids = endTokenIds(metadata, ggufTokenizer(metadata).json);
    expect(ids.map((id) => tokens[id])).toEqual(['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|eot_id|>']);
  });

  it('refuses a model that would never end', () => {
    const tokens = ['a', 'b'];
    const metadata = new Map<string, MetadataValue>([
      ['tokenizer.ggml.model', 'gpt2'],
      ['tokenizer.ggml.tokens', tokens],
      ['tokenizer.ggml.merges', []],
    ]);
    expect(() => endTokenIds(metadata, ggufTokenizer(metadata).json)).toThrow(/no token ends a text/);
  });
});
