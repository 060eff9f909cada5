/** Assembles tokenizer.json from a GGUF file's `tokenizer.ggml.*`. */
import { ModelError } from '../error.js';
import {
  optionalBoolean,
  optionalNumber,
  optionalNumbers,
  optionalString,
  requiredString,
  requiredStrings,
  type Metadata,
} from '../gguf/metadata.js';
import { preTokenizerKind, type PreTokenizerKind } from './pre-tokenizers.js';
import type { AddedToken, TokenizerConfig, TokenizerFiles, TokenizerJson } from './tokenizer-files.js';

/** Values of tokenizer.ggml.token_type (llama.h, llama_token_type). */
const NORMAL = 1;
const USER_DEFINED = 4;

/**
 * Errors: `unsupported` for other tokenizer models than byte-level BPE and for unknown pre-tokenizers; `corrupt`
 * for lists that do not fit together.
 */
export function ggufTokenizer(metadata: Metadata): TokenizerFiles {
  const model = requiredString(metadata, 'tokenizer.ggml.model');
  if (model !== 'gpt2') {
    throw new ModelError(
      'unsupported',
      `GGUF: tokenizer model ${model} is not supported; supported is gpt2 (byte-level BPE)`,
    );
  }
  const kind = preTokenizerKind(optionalString(metadata, 'tokenizer.ggml.pre') ?? 'gpt-2');
  const chatTemplate = optionalString(metadata, 'tokenizer.chat_template');
  return {
    json: tokenizerJson(metadata, kind),
    config: tokenizerConfig(metadata, kind),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  };
}

function tokenizerJson(metadata: Metadata, kind: PreTokenizerKind): TokenizerJson {
  const tokens = requiredStrings(metadata, 'tokenizer.ggml.tokens');
  const vocabulary = new Map(tokens.map((token, id) => [token, id]));
  if (vocabulary.size !== tokens.length)
    throw new ModelError('corrupt', 'GGUF: a token occurs twice in the vocabulary');
  return {
    version: '1.0',
    added_tokens: addedTokens(metadata, tokens),
    normalizer: kind.nfc ? { type: 'NFC' } : null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...kind.splits.map(split), BYTE_LEVEL] },
    post_processor: null,
    decoder: BYTE_LEVEL,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: kind.ignoreMerges,
      // Object.fromEntries defines every key as its own property, `__proto__` too.
      vocab: Object.fromEntries(vocabulary),
      merges: merges(metadata, vocabulary),
    },
  };
}

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false } as const;

function split(pattern: string) {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
}

/** Tokens that are no product of merges: special ones (control, unknown, unused) and user-defined plain ones. */
function addedTokens(metadata: Metadata, tokens: readonly string[]): AddedToken[] {
  const types = optionalNumbers(metadata, 'tokenizer.ggml.token_type');
  if (types !== undefined && types.length !== tokens.length) {
    throw new ModelError('corrupt', 'GGUF: tokenizer.ggml.token_type and tokens differ in length');
  }
  const named = new Set(
    ['bos', 'eos', 'eot', 'padding', 'unknown'].map((name) =>
      optionalNumber(metadata, `tokenizer.ggml.${name}_token_id`),
    ),
  );
  return tokens.flatMap((content, id) => {
    const type = types?.[id] ?? (named.has(id) ? 0 : NORMAL);
    if (type === NORMAL || content === '') return [];
    const special = type !== USER_DEFINED;
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

function merges(metadata: Metadata, vocabulary: ReadonlyMap<string, number>): [string, string][] {
  return requiredStrings(metadata, 'tokenizer.ggml.merges').map((merge, rank) => {
    // A part may itself contain a space in files made by old converters, but never starts with one.
    const space = merge.indexOf(' ', 1);
    const [left, right] = [merge.slice(0, space), merge.slice(space + 1)];
    if (space < 0 || !vocabulary.has(left) || !vocabulary.has(right) || !vocabulary.has(left + right)) {
      throw new ModelError('corrupt', `GGUF: merge ${rank} does not lead to a token`);
    }
    return [left, right];
  });
}

function tokenizerConfig(metadata: Metadata, kind: PreTokenizerKind): TokenizerConfig {
  const begin = namedToken(metadata, 'bos');
  const end = namedToken(metadata, 'eos');
  return {
    add_bos_token: begin !== undefined && (optionalBoolean(metadata, 'tokenizer.ggml.add_bos_token') ?? kind.addsBegin),
    ...(begin === undefined ? {} : { bos_token: begin }),
    ...(end === undefined ? {} : { eos_token: end }),
    clean_up_tokenization_spaces: false,
    tokenizer_class: 'PreTrainedTokenizerFast',
  };
}

function namedToken(metadata: Metadata, name: string): string | undefined {
  const key = `tokenizer.ggml.${name}_token_id`;
  const id = optionalNumber(metadata, key);
  if (id === undefined) return undefined;
  const token = requiredStrings(metadata, 'tokenizer.ggml.tokens')[id];
  if (token === undefined) throw new ModelError('corrupt', `GGUF: ${key} ${id} is outside the vocabulary`);
  return token;
}
