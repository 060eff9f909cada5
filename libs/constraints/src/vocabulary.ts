/** The vocabulary as tries of its tokens' bytes, laid out depth first, so that a walk is one pass over arrays. */
import { HORIZON } from './automaton.js';

export interface Vocabulary {
  readonly size: number;
  readonly endTokenIds: readonly number[];
  /** A token's bytes; none for one that no output may hold. */
  bytesOf(id: number): Uint8Array;
  /** Whether a byte is a token by itself, which any byte of a byte-level vocabulary is if it is in any token. */
  canWrite(byte: number): boolean;
  /** Tokens of up to HORIZON bytes. */
  readonly short: Trie;
  readonly long: Trie;
}

/** Nodes in depth-first order, without the root. */
export interface Trie {
  readonly byte: Uint8Array;
  /** 0 for a first byte. */
  readonly depth: Uint16Array;
  /** The node after this one and all below it. */
  readonly skip: Int32Array;
  /** A token that ends at the node, or -1. */
  readonly token: Int32Array;
  /** By token: another one of the same bytes, or -1. */
  readonly twin: Int32Array;
  /** Longest token, bytes. */
  readonly height: number;
}

const encoder = new TextEncoder();

/** @param tokenBytes bytes, or text, of a token; empty for one that no output may hold */
export function vocabularyOf(
  tokenBytes: (id: number) => Uint8Array | string,
  size: number,
  endTokenIds: readonly number[],
): Vocabulary {
  const ends = new Set(endTokenIds);
  const bytes = Array.from({ length: size }, (_, id) => {
    const given = ends.has(id) ? '' : tokenBytes(id);
    return typeof given === 'string' ? encoder.encode(given) : given;
  });
  const single = new Set(bytes.filter(({ length }) => length === 1).map((token) => token[0]));
  return {
    size,
    endTokenIds,
    bytesOf: (id) => bytes[id] ?? new Uint8Array(0),
    canWrite: (byte) => single.has(byte),
    short: trieOf(bytes, ({ length }) => length <= HORIZON),
    long: trieOf(bytes, ({ length }) => length > HORIZON),
  };
}

function trieOf(tokens: readonly Uint8Array[], isWanted: (token: Uint8Array) => boolean): Trie {
  const bytesOf = (id: number): Uint8Array => tokens[id] as Uint8Array;
  const ids = tokens.map((_, id) => id).filter((id) => bytesOf(id).length > 0 && isWanted(bytesOf(id)));
  ids.sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)));

  const byte: number[] = [];
  const depth: number[] = [];
  const token: number[] = [];
  const twin = new Int32Array(tokens.length).fill(-1);
  let previous = new Uint8Array(0);
  for (const id of ids) {
    const bytes = bytesOf(id);
    let shared = 0;
    while (shared < bytes.length && shared < previous.length && bytes[shared] === previous[shared]) shared += 1;
    for (let at = shared; at < bytes.length; at++) {
      byte.push(bytes[at] as number);
      depth.push(at);
      token.push(-1);
    }
    // In byte order, a token comes right after its last byte's node, or after a twin.
    const node = token.length - 1;
    twin[id] = token[node] ?? -1;
    token[node] = id;
    previous = new Uint8Array(bytes);
  }
  return {
    byte: Uint8Array.from(byte),
    depth: Uint16Array.from(depth),
    skip: skips(depth),
    token: Int32Array.from(token),
    twin,
    height: depth.reduce((most, at) => Math.max(most, at + 1), 0),
  };
}

function skips(depth: readonly number[]): Int32Array {
  const skip = new Int32Array(depth.length);
  // By depth: the first node seen so far, from behind, that is not deeper.
  const open: number[] = [];
  for (let node = depth.length - 1; node >= 0; node--) {
    const at = depth[node] as number;
    while (open.length > 0 && (depth[open.at(-1) as number] as number) > at) open.pop();
    skip[node] = open.at(-1) ?? depth.length;
    open.push(node);
  }
  return skip;
}
