/** Small tokenizers of each pre-tokenizer kind, trained by Hugging Face's Rust library (tools/verify/tokenizer-fixtures.py). */
import { readFileSync } from 'node:fs';
import type { Metadata } from '../gguf/metadata.js';
import type { ChatMessage } from './chat-template.js';
import { ggufTokenizer } from './gguf-tokenizer.js';
import { tokenizerFrom, type Tokenizer } from './tokenizer.js';

export interface ReferenceCases {
  /** Text and its ids, special tokens taken as text. */
  readonly texts: readonly (readonly [string, readonly number[]])[];
  /** Messages and the ids of the rendered template. */
  readonly chats: readonly (readonly [readonly ChatMessage[], readonly number[]])[];
}

export interface SmallTokenizer extends ReferenceCases {
  readonly tokens: readonly string[];
  readonly specials: readonly string[];
  readonly merges: readonly string[];
  readonly template: string;
}

export function readFixture<T>(name: string): T {
  const fixture: T = JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
  return fixture;
}

export const smallTokenizers = readFixture<Readonly<Record<string, SmallTokenizer>>>('./tokenizer.fixture.json');

/** What a GGUF file of this tokenizer would say. */
export function smallMetadata(kind: string): Metadata {
  const { tokens, specials, merges, template } = smallTokenizers[kind]!;
  return new Map<string, number | string | boolean | readonly (number | string)[]>([
    ['tokenizer.ggml.model', 'gpt2'],
    ['tokenizer.ggml.pre', kind],
    ['tokenizer.ggml.tokens', tokens],
    ['tokenizer.ggml.token_type', tokens.map((token) => (specials.includes(token) ? 3 : 1))],
    ['tokenizer.ggml.merges', merges],
    ['tokenizer.ggml.bos_token_id', tokens.indexOf('<|begin_of_text|>')],
    ['tokenizer.ggml.eos_token_id', tokens.indexOf('<|im_end|>')],
    ['tokenizer.chat_template', template],
  ]);
}

export function smallTokenizer(kind: string): Tokenizer {
  return tokenizerFrom(ggufTokenizer(smallMetadata(kind)));
}
