import { ModelError } from '../error.js';
import { optionalNumber, type Metadata } from '../gguf/metadata.js';
import type { TokenizerJson } from './tokenizer-files.js';

/** Special tokens that end a turn or a text in the families read here, whatever the metadata calls eos. */
const END_TOKENS = new Set(['<|im_end|>', '<|endoftext|>', '<|eot_id|>', '<|eom_id|>', '<|end_of_text|>']);

/** Ids that end a generation, ascending. Errors: `corrupt` if there is none, for then nothing would end. */
export function endTokenIds(metadata: Metadata, json: TokenizerJson): number[] {
  const ids = new Set<number>();
  for (const name of ['eos', 'eot', 'eom']) {
    const id = optionalNumber(metadata, `tokenizer.ggml.${name}_token_id`);
    if (id !== undefined) ids.add(id);
  }
  for (const token of json.added_tokens) if (token.special && END_TOKENS.has(token.content)) ids.add(token.id);
  if (ids.size === 0) throw new ModelError('corrupt', 'GGUF: no token ends a text');
  return [...ids].sort((a, b) => a - b);
}
