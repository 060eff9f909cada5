import { createHash } from 'node:crypto';
import type { TokenId } from '@outrider/speculation';

/** Tokens of one link of the chain. */
export const PREFIX_BLOCK_TOKENS = 16;

/** Bytes of a link's sha256 that are kept: two texts share a link by accident once in 2^64 tries. */
const LINK_BYTES = 16;

/**
 * Names of a text's prefixes: element i stands for its first 16 * (i + 1) tokens, whatever follows them. Each is a hash
 * of the one before and the next 16 tokens, base64url of 16 bytes, so that equal names mean equal prefixes. Tokens
 * behind the last whole block of 16 have no part in it.
 */
export function prefixChain(tokens: readonly TokenId[]): string[] {
  const chain: string[] = [];
  const block = new Uint8Array(4 * PREFIX_BLOCK_TOKENS);
  const view = new DataView(block.buffer);
  let before: Uint8Array = new Uint8Array(LINK_BYTES);
  for (let start = 0; start + PREFIX_BLOCK_TOKENS <= tokens.length; start += PREFIX_BLOCK_TOKENS) {
    for (let i = 0; i < PREFIX_BLOCK_TOKENS; i++) view.setUint32(4 * i, tokens[start + i] as number, true);
    before = createHash('sha256').update(before).update(block).digest().subarray(0, LINK_BYTES);
    chain.push(Buffer.from(before).toString('base64url'));
  }
  return chain;
}
