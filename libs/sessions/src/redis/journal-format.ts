/**
 * A journal as one string: appended to in one step, read in one.
 *
 * | bytes | |
 * | --- | --- |
 * | 0-3 | rounds done |
 * | 4-7 | check: hash of what follows, plus the rounds, modulo 2^31 - 1 |
 * | 8-15 | seed |
 * | 16-19 | tokens of the prompt |
 * | 20- | tokens of the prompt, then those generated, 4 bytes each |
 *
 * Numbers are unsigned, the lowest byte first. The hash of words w_1 ... w_n is h_n, with h_0 = 0 and
 * h_i = (1000003 h_(i-1) + w_i + 1) mod (2^31 - 1), over the two halves of the seed, the number of tokens of the prompt
 * and all tokens; lua/append-journal-2.lua goes on with it. Its products stay below 2^53. A journal that was damaged is
 * no journal: a wrong token in it would be taken for the text.
 */
import type { TokenId } from '@outrider/speculation';
import type { JournalRecord, JournalStart } from '../journal.js';

const headerBytes = 20;
const hashedFrom = 8;
const modulus = 2 ** 31 - 1;
const multiplier = 1_000_003;

export function encodeJournal({ prompt, seed }: JournalStart): Buffer {
  const bytes = Buffer.alloc(headerBytes + 4 * prompt.length);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, seed), 8);
  bytes.writeUInt32LE(prompt.length, 16);
  prompt.forEach((token, i) => bytes.writeUInt32LE(token, headerBytes + 4 * i));
  bytes.writeUInt32LE(hash(bytes), 4);
  return bytes;
}

export function encodeTokens(tokens: readonly TokenId[]): Buffer {
  const bytes = Buffer.alloc(4 * tokens.length);
  tokens.forEach((token, i) => bytes.writeUInt32LE(token, 4 * i));
  return bytes;
}

/** undefined for anything that is not a whole and sound journal. */
export function decodeJournal(bytes: Buffer): JournalRecord | undefined {
  if (bytes.length < headerBytes || bytes.length % 4 !== 0) return undefined;
  const rounds = bytes.readUInt32LE(0);
  const promptLength = bytes.readUInt32LE(16);
  if (promptLength > (bytes.length - headerBytes) / 4) return undefined;
  if (bytes.readUInt32LE(4) !== (hash(bytes) + rounds) % modulus) return undefined;
  const tokens: TokenId[] = [];
  for (let at = headerBytes; at < bytes.length; at += 4) tokens.push(bytes.readUInt32LE(at));
  return {
    prompt: tokens.slice(0, promptLength),
    seed: bytes.readBigUInt64LE(8),
    tokens: tokens.slice(promptLength),
    rounds,
  };
}

function hash(bytes: Buffer): number {
  let value = 0;
  for (let at = hashedFrom; at < bytes.length; at += 4) {
    value = (value * multiplier + bytes.readUInt32LE(at) + 1) % modulus;
  }
  return value;
}
