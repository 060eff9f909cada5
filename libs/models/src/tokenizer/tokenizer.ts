/** Text to token ids and back. Special tokens come from the model's own template alone, never from a user's text. */
import { Tokenizer as BpeTokenizer } from '@huggingface/tokenizers';
import { ModelError } from '../error.js';
import { byteCharacter, entryBytes } from './byte-alphabet.js';
import { chatTemplate, type ChatMessage, type ChatTemplate } from './chat-template.js';
import { streamDecoder, type StreamDecoder } from './stream-decoder.js';
import type { TokenizerFiles, TokenizerJson } from './tokenizer-files.js';

export interface DecodeOptions {
  /** Show special tokens by their names; they are left out by default. */
  readonly special?: boolean;
}

export interface Tokenizer {
  /** Ids are below this. */
  readonly size: number;
  /**
   * Encodes text as text: `<|im_end|>` in it becomes the tokens of its characters. A lone surrogate, or a character
   * that the vocabulary has no bytes for, is encoded as U+FFFD. Adds nothing.
   */
  encode(text: string): number[];
  /** Encodes text to be continued: with the begin token in front when the model wants one. */
  encodePrompt(text: string): number[];
  /**
   * Encodes a conversation through the model's chat template, up to where the assistant speaks.
   * Errors: `unsupported` without a usable template; `invalid_argument` if it refuses the messages.
   */
  encodeChat(messages: readonly ChatMessage[]): number[];
  /** Bytes that are not UTF-8 become U+FFFD; unknown ids are left out. */
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /** The bytes a token stands for: its name's for a special token, none for an unknown id. */
  tokenBytes(id: number): Uint8Array;
  isSpecial(id: number): boolean;
  streamDecoder(options?: DecodeOptions): StreamDecoder;
}

/** Errors: `corrupt` if the library cannot use the files. */
export function tokenizerFrom(files: TokenizerFiles): Tokenizer {
  const { json, config } = files;
  const bpe = plainTextTokenizer(json);
  const special = new Set(json.added_tokens.filter((token) => token.special).map((token) => token.id));
  const bytes = tokenBytesTable(json);
  const missing = missingBytes(json);
  const noBytes = new Uint8Array(0);

  const tokenBytes = (id: number): Uint8Array => bytes[id] ?? noBytes;
  const shownBytes = (options?: DecodeOptions) => (id: number) =>
    special.has(id) && options?.special !== true ? noBytes : tokenBytes(id);
  const encode = (text: string): number[] => {
    const encodable = replaceUnencodable(text, missing);
    return encodable === '' ? [] : bpe.encode(encodable, { add_special_tokens: false }).ids;
  };
  const beginId = config.add_bos_token
    ? json.added_tokens.find((token) => token.content === config.bos_token)?.id
    : undefined;
  const withBegin = (ids: number[]): number[] =>
    beginId === undefined || ids[0] === beginId ? ids : [beginId, ...ids];
  const chat = lazyChatTemplate(files);

  return {
    size: bytes.length,
    encode,
    encodePrompt: (text) => withBegin(encode(text)),
    encodeChat: (messages) =>
      withBegin(
        chat()
          .render(messages, true)
          .flatMap((piece) => (typeof piece === 'number' ? [piece] : encode(piece))),
      ),
    decode: (ids, options) => {
      const decoder = streamDecoder(shownBytes(options));
      return ids.map((id) => decoder.push(id)).join('') + decoder.flush();
    },
    tokenBytes,
    isSpecial: (id) => special.has(id),
    streamDecoder: (options) => streamDecoder(shownBytes(options)),
  };
}

/**
 * The library's tokenizer without special tokens: neither looked for in the text nor reachable by merges or as
 * a whole vocabulary entry.
 */
function plainTextTokenizer(json: TokenizerJson): BpeTokenizer {
  const special = new Set(json.added_tokens.filter((token) => token.special).map((token) => token.content));
  const plain = {
    ...json,
    added_tokens: json.added_tokens.filter((token) => !token.special),
    model: {
      ...json.model,
      vocab: Object.fromEntries(Object.entries(json.model.vocab).filter(([token]) => !special.has(token))),
      merges: json.model.merges.filter(([left, right]) => !special.has(left + right)),
    },
  };
  try {
    return new BpeTokenizer(plain, { clean_up_tokenization_spaces: false });
  } catch (reason) {
    throw new ModelError('corrupt', 'tokenizer.json cannot be used', { cause: reason });
  }
}

function lazyChatTemplate({ json, config, chatTemplate: source }: TokenizerFiles): () => ChatTemplate {
  let compiled: ChatTemplate | undefined;
  return () => {
    if (source === undefined) throw new ModelError('unsupported', 'the model has no chat template');
    const variables = Object.fromEntries(
      Object.entries({ bos_token: config.bos_token, eos_token: config.eos_token }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    compiled ??= chatTemplate(
      source,
      json.added_tokens.filter((token) => token.special),
      variables,
    );
    return compiled;
  };
}

function tokenBytesTable(json: TokenizerJson): (Uint8Array | undefined)[] {
  const table: (Uint8Array | undefined)[] = [];
  for (const [entry, id] of Object.entries(json.model.vocab)) table[id] = entryBytes(entry);
  // An added token's content is text itself, not text in the byte alphabet.
  for (const { id, content } of json.added_tokens) table[id] = new TextEncoder().encode(content);
  return table;
}

/** Which bytes no token stands for: a vocabulary learned from text need not have all 256. */
function missingBytes(json: TokenizerJson): readonly boolean[] {
  return Array.from({ length: 256 }, (_, byte) => !Object.hasOwn(json.model.vocab, byteCharacter(byte)));
}

function replaceUnencodable(text: string, missing: readonly boolean[]): string {
  const encoder = new TextEncoder();
  if (!encoder.encode(text).some((byte) => missing[byte])) return text;
  return Array.from(text, (character) =>
    encoder.encode(character).some((byte) => missing[byte]) ? '\ufffd' : character,
  ).join('');
}
