/**
 * Texts by their prefixes: a tree whose entries stand for one block of tokens each, after those of their parents, so
 * that what texts have in common is held once. A text's unfinished last block is an entry too, always a leaf.
 *
 * Tokens are compared, never only hashes of them. A row depends on the tokens before it alone, so that the beginning of
 * an entry serves a text that goes on otherwise behind it.
 *
 * Invariants: no entry's tokens begin with all of a sibling's; entries with children have BLOCK_TOKENS tokens; the sum
 * of all tokens is at most the capacity.
 */
import { PREFIX_BLOCK_TOKENS, prefixChain } from '@outrider/contracts';
import { graphSignature } from '@outrider/models';
import type { TokenId } from '@outrider/speculation';
import type { CacheChange } from '../port.js';
import { commonLength } from './common-length.js';
import { createHeldNames } from './held-names.js';

const { BLOCK_TOKENS } = graphSignature;

export interface Entry {
  /** Tokens before it, a multiple of BLOCK_TOKENS. */
  readonly start: number;
  /** At least one, at most BLOCK_TOKENS. */
  readonly tokens: readonly TokenId[];
  /** Of these tokens, as they were copied; see rows.ts. */
  readonly rows: Float32Array;
}

/** Entries that follow one another from the first token on; of the last one, perhaps only a part. */
export interface FoundPrefix {
  readonly entries: readonly Entry[];
  /** Tokens of the text that they hold. */
  readonly length: number;
}

export interface PrefixTree {
  /** Tokens held. */
  readonly tokens: number;
  /** The longest prefix of the text that is held, which counts as a use of it. */
  find(text: readonly TokenId[]): FoundPrefix;
  /**
   * Holds the text, or as much of its beginning as there is capacity for, in place of what was used least recently.
   * `copy` is asked for the rows of what is new, which start at a multiple of BLOCK_TOKENS and lie in one block.
   */
  keep(text: readonly TokenId[], copy: (start: number, count: number) => Float32Array): void;
}

interface Node extends Entry {
  readonly parent: Node | undefined;
  readonly children: Set<Node>;
  readonly names: readonly string[];
}

/** Holds at most `capacity` tokens. `onChange` hears of their names, see {@link prefixChain}, after each change. */
export function createPrefixTree(capacity: number, onChange?: (change: CacheChange) => void): PrefixTree {
  const root: Node = rootNode();
  /** The least recently used first. Each stands before its parent, so that the first one is always a leaf. */
  const byUse = new Set<Node>();
  const names = createHeldNames();
  let held = 0;

  /** `path` leads away from the root. */
  const use = (path: readonly Node[]): void => {
    for (const node of path.toReversed()) {
      byUse.delete(node);
      byUse.add(node);
    }
  };
  const remove = (node: Node): void => {
    byUse.delete(node);
    node.parent?.children.delete(node);
    held -= node.tokens.length;
    names.drop(node.names);
  };
  /** Stops before `end`, the last one that must stay. */
  const makeRoom = (tokens: number, end: Node): void => {
    for (const oldest of byUse) {
      if (held + tokens <= capacity || oldest === end) return;
      remove(oldest);
    }
  };

  return {
    get tokens() {
      return held;
    },
    find(text) {
      const { path, common } = walk(root, text);
      use(path);
      return { entries: path, length: common };
    },
    keep(text, copy) {
      const { path, common } = walk(root, text);
      use(path);
      if (common === text.length) return;
      const last = path.at(-1);
      if (last !== undefined && common % BLOCK_TOKENS !== 0) {
        path.pop();
        // What comes begins with all of it.
        if (last.tokens.length === common % BLOCK_TOKENS) remove(last);
      }
      let parent = path.at(-1) ?? root;
      let start = path.length * BLOCK_TOKENS;
      makeRoom(text.length - start, parent);
      const chain = onChange === undefined ? [] : prefixChain(text);
      while (start < text.length && held < capacity) {
        const end = start + Math.min(BLOCK_TOKENS, text.length - start, capacity - held);
        const node: Node = {
          start,
          tokens: text.slice(start, end),
          rows: copy(start, end - start),
          parent,
          children: new Set(),
          names: chain.slice(start / PREFIX_BLOCK_TOKENS, Math.floor(end / PREFIX_BLOCK_TOKENS)),
        };
        parent.children.add(node);
        held += end - start;
        names.add(node.names);
        path.push(node);
        parent = node;
        start = end;
      }
      use(path);
      const change = names.takeChange();
      if (change !== undefined) onChange?.(change);
    },
  };
}

function rootNode(): Node {
  return { start: 0, tokens: [], rows: new Float32Array(), parent: undefined, children: new Set(), names: [] };
}

/** The entries that the text begins with, the last one perhaps in part, and how many tokens that are. */
function walk(root: Node, text: readonly TokenId[]): { readonly path: Node[]; readonly common: number } {
  const path: Node[] = [];
  let parent = root;
  for (let start = 0; ; start += BLOCK_TOKENS) {
    let best: Node | undefined;
    let most = 0;
    for (const child of parent.children) {
      const common = commonLength(child.tokens, text, start);
      if (common > most) [best, most] = [child, common];
    }
    if (best !== undefined) path.push(best);
    if (best === undefined || most < BLOCK_TOKENS) return { path, common: start + most };
    parent = best;
  }
}
