/** Which tokens may follow: a walk over the vocabulary's trie and the automaton together. */
import type { Determinizer, Node } from './determinizer.js';
import type { Trie, Vocabulary } from './vocabulary.js';

/** Bit `i & 31` of word `i >>> 5` is set when token i may follow. Errors: `too_complex`. */
export function maskAt(node: Node, determinizer: Determinizer, vocabulary: Vocabulary): Int32Array {
  if (node.mask !== undefined) return node.mask;
  determinizer.begin();
  const short = determinizer.sharedByAlike(node, () =>
    walk(emptyMask(vocabulary), vocabulary.short, node, determinizer),
  );
  const mask = walk(short.slice(), vocabulary.long, node, determinizer);
  if (node.accepts) for (const id of vocabulary.endTokenIds) allow(mask, id);
  determinizer.rememberMask(node, mask);
  return mask;
}

/** The mask of an output that has ended. */
export function endMask(vocabulary: Vocabulary): Int32Array {
  const mask = emptyMask(vocabulary);
  for (const id of vocabulary.endTokenIds) allow(mask, id);
  return mask;
}

function emptyMask({ size }: Vocabulary): Int32Array {
  return new Int32Array(Math.ceil(size / 32));
}

function allow(mask: Int32Array, id: number): void {
  mask[id >>> 5] = (mask[id >>> 5] ?? 0) | (1 << (id & 31));
}

/** Sets the bits of a trie's tokens that may follow a node. */
function walk(mask: Int32Array, trie: Trie, node: Node, { step, classOfByte }: Determinizer): Int32Array {
  const { byte, depth, skip, token, twin, height } = trie;
  // The automaton's node before each depth.
  const path = new Array<Node>(height + 1).fill(node);
  for (let at = 0; at < byte.length;) {
    const below = depth[at] as number;
    const before = path[below] as Node;
    const byteClass = classOfByte[byte[at] as number] as number;
    const known = before.next[byteClass];
    const next = known === undefined ? step(before, byteClass) : known;
    if (next === null) {
      at = skip[at] as number;
      continue;
    }
    for (let id = token[at] as number; id !== -1; id = twin[id] as number) allow(mask, id);
    path[below + 1] = next;
    at += 1;
  }
  return mask;
}
