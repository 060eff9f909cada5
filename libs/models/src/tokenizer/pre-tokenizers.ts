/**
 * How text is cut before byte-pair merges, by the name in `tokenizer.ggml.pre`, written as tokenizer.json parts.
 *
 * The patterns are those of the models' own tokenizer.json (llama.cpp's llama-vocab.cpp lists the same). They are
 * spelled out as Split steps rather than as the shorthands ByteLevel(use_regex) and Digits, because Split gives
 * \s and digits the same Unicode meaning in every implementation.
 */
import { ModelError } from '../error.js';

const GPT2_WORDS = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** Words as GPT-4's pattern has them, with runs of at most `digits` digits. */
function contractionWords(digits: string): string {
  const contractions = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
  const rest = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
  return String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}|${rest}`;
}

export interface PreTokenizerKind {
  /** Patterns applied one after the other; each match is cut out. */
  readonly splits: readonly string[];
  /** Text is brought to Unicode NFC first. */
  readonly nfc: boolean;
  /** A piece that is a vocabulary entry is that token, whatever the merges would make of it. */
  readonly ignoreMerges: boolean;
  /** Prompts start with the begin token when the file does not say. */
  readonly addsBegin: boolean;
}

const GPT2: PreTokenizerKind = { splits: [GPT2_WORDS], nfc: false, ignoreMerges: false, addsBegin: false };
/** GPT-2's words after every digit has been set apart. */
const SINGLE_DIGITS: PreTokenizerKind = { ...GPT2, splits: [String.raw`\p{N}`, GPT2_WORDS] };
const LLAMA3: PreTokenizerKind = {
  splits: [contractionWords(String.raw`\p{N}{1,3}`)],
  nfc: false,
  ignoreMerges: true,
  addsBegin: true,
};
const QWEN2: PreTokenizerKind = { ...GPT2, splits: [contractionWords(String.raw`\p{N}`)], nfc: true };

const KINDS: Readonly<Record<string, PreTokenizerKind>> = {
  'gpt-2': GPT2,
  smollm: SINGLE_DIGITS,
  starcoder: SINGLE_DIGITS,
  refact: SINGLE_DIGITS,
  'llama-bpe': LLAMA3,
  'llama-v3': LLAMA3,
  llama3: LLAMA3,
  qwen2: QWEN2,
  'deepseek-r1-qwen': QWEN2,
};

/** Errors: `unsupported` for a kind that is not known here, since a wrong one gives plausible wrong tokens. */
export function preTokenizerKind(name: string): PreTokenizerKind {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind !== undefined) return kind;
  const known = Object.keys(KINDS).join(', ');
  throw new ModelError('unsupported', `GGUF: pre-tokenizer ${name} is not supported; supported are ${known}`);
}
