/** The tokenizer files of a model folder, as Hugging Face names and shapes them. */
import { z } from 'zod';
import { ModelError } from '../error.js';

function isVocabulary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((id) => Number.isInteger(id) && id >= 0 && id < MAX_TOKENS);
}

function isMerges(value: unknown): boolean {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
  return Array.isArray(value) && value.every(isPair);
}

/** Far above any vocabulary; tables are indexed by token id. */
const MAX_TOKENS = 1 << 22;

const addedTokenSchema = z.object({
  id: z.int().min(0).max(MAX_TOKENS),
  content: z.string().min(1),
  single_word: z.boolean(),
  lstrip: z.boolean(),
  rstrip: z.boolean(),
  normalized: z.boolean(),
  special: z.boolean(),
});

/** tokenizer.json of a byte-level BPE tokenizer; what we do not look into is passed on as it is. */
const tokenizerJsonSchema = z.looseObject({
  version: z.literal('1.0'),
  added_tokens: z.array(addedTokenSchema),
  normalizer: z.looseObject({ type: z.string() }).nullable(),
  pre_tokenizer: z.looseObject({ type: z.string() }),
  post_processor: z.null(),
  decoder: z.looseObject({ type: z.literal('ByteLevel') }),
  model: z.looseObject({
    type: z.literal('BPE'),
    // Checked in one go: a schema for each of 100,000 entries takes longer than reading the file.
    vocab: z.custom<Readonly<Record<string, number>>>(isVocabulary, 'not a vocabulary'),
    merges: z.custom<readonly (readonly [string, string])[]>(isMerges, 'not a list of pairs'),
    ignore_merges: z.boolean(),
  }),
});

const tokenizerConfigSchema = z.looseObject({
  /** Prompts start with `bos_token`. */
  add_bos_token: z.boolean(),
  bos_token: z.string().optional(),
  eos_token: z.string().optional(),
  clean_up_tokenization_spaces: z.literal(false),
});

export type AddedToken = z.infer<typeof addedTokenSchema>;
export type TokenizerJson = z.infer<typeof tokenizerJsonSchema>;
export type TokenizerConfig = z.infer<typeof tokenizerConfigSchema>;

export interface TokenizerFiles {
  readonly json: TokenizerJson;
  readonly config: TokenizerConfig;
  /** Jinja source; absent for a base model. */
  readonly chatTemplate?: string;
}

/** Errors: `corrupt`. */
export function parseTokenizerJson(text: string): TokenizerJson {
  return parse(tokenizerJsonSchema, text, 'tokenizer.json');
}

/** Errors: `corrupt`. */
export function parseTokenizerConfig(text: string): TokenizerConfig {
  return parse(tokenizerConfigSchema, text, 'tokenizer_config.json');
}

function parse<T>(schema: z.ZodType<T>, text: string, file: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (reason) {
    throw new ModelError('corrupt', `${file} is not JSON`, { cause: reason });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ModelError('corrupt', `${file}: ${z.prettifyError(parsed.error)}`.replaceAll('\n', ' '));
}
