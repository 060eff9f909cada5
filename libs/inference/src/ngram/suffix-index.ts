/**
 * Where the last tokens of a text have stood before in it, for contexts of one to {@link LONGEST_CONTEXT} tokens.
 *
 * Each context that occurs is a node, the child of the context one token shorter by the token that stands before it: a
 * tree of reversed suffixes. A node knows its last occurrence and each occurrence the one before, so that a text is
 * taken back in the opposite order of its growth, to exactly what it was. Memory grows with the text alone.
 */
import type { TokenId } from '@outrider/speculation';

/** Tokens of the longest context. Longer matches say hardly more: see prediction.ts. */
export const LONGEST_CONTEXT = 8;

export interface SuffixIndex {
  readonly tokens: readonly TokenId[];
  append(id: TokenId): void;
  /** Forgets all tokens from `length` on. */
  truncate(length: number): void;
  /** Keeps `keepLength` tokens and goes on with these, over what it holds of them already. */
  follow(keepLength: number, tokens: readonly TokenId[]): void;
  /**
   * Visits the places right behind earlier occurrences of the last `contextLength` tokens (1 to LONGEST_CONTEXT), the
   * latest first, at most so many.
   */
  visitFollowers(contextLength: number, most: number, visit: (place: number) => void): void;
  countOf(id: TokenId): number;
  /** Sum of c ln c over the counts c of all tokens: what the entropy of the unigrams is made of. */
  sumOfCountLogs(): number;
}

/** Token ids are below 2^24, as the wire has it; node numbers stay below 2^29. */
const TOKENS = 2 ** 24;
const NONE = -1;

/** Over these tokens. O(LONGEST_CONTEXT) for each token that comes or goes. */
export function createSuffixIndex(text: readonly TokenId[] = []): SuffixIndex {
  const tokens: TokenId[] = [];
  const children = new Map<number, number>();
  /** By node: the last token of its last occurrence. Node 0 is the empty context. */
  const last: number[] = [NONE];
  /** By context length - 1 and token: its node, and the occurrence of the same context before. */
  const nodes: number[][] = Array.from({ length: LONGEST_CONTEXT }, () => []);
  const earlier: number[][] = Array.from({ length: LONGEST_CONTEXT }, () => []);
  const counts = new Map<TokenId, number>();
  /** After each token; kept, so that taking a token back leaves no rounding behind. */
  const countLogs: number[] = [0];

  const append = (id: TokenId): void => {
    const place = tokens.length;
    tokens.push(id);
    let parent = 0;
    for (let i = 0; i < LONGEST_CONTEXT; i++) {
      if (i > place) {
        nodes[i]?.push(NONE);
        earlier[i]?.push(NONE);
        continue;
      }
      const key = parent * TOKENS + (tokens[place - i] as TokenId);
      let node = children.get(key);
      if (node === undefined) {
        node = last.push(NONE) - 1;
        children.set(key, node);
      }
      nodes[i]?.push(node);
      earlier[i]?.push(last[node] as number);
      last[node] = place;
      parent = node;
    }
    const count = counts.get(id) ?? 0;
    counts.set(id, count + 1);
    countLogs.push((countLogs[place] as number) + countLog(count + 1) - countLog(count));
  };

  const takeBack = (): void => {
    const place = tokens.length - 1;
    for (let i = Math.min(LONGEST_CONTEXT - 1, place); i >= 0; i--) {
      const node = nodes[i]?.[place] as number;
      const before = earlier[i]?.[place] as number;
      last[node] = before;
      if (before !== NONE) continue;
      // It came with this token, after all nodes that are left.
      last.pop();
      const parent = i === 0 ? 0 : (nodes[i - 1]?.[place] as number);
      children.delete(parent * TOKENS + (tokens[place - i] as TokenId));
    }
    for (const list of [...nodes, ...earlier]) list.pop();
    const id = tokens.pop() as TokenId;
    const count = counts.get(id) as number;
    if (count === 1) counts.delete(id);
    else counts.set(id, count - 1);
    countLogs.pop();
  };

  text.forEach(append);

  const truncate = (length: number): void => {
    while (tokens.length > length) takeBack();
  };

  return {
    tokens,
    append,
    truncate,
    follow(keepLength, following) {
      let held = 0;
      while (held < following.length && tokens[keepLength + held] === following[held]) held++;
      truncate(keepLength + held);
      for (let i = held; i < following.length; i++) append(following[i] as TokenId);
    },
    visitFollowers(contextLength, most, visit) {
      const chain = earlier[contextLength - 1] as number[];
      let place = chain.at(-1) ?? NONE;
      for (let visited = 0; place !== NONE && visited < most; visited++) {
        visit(place + 1);
        place = chain[place] as number;
      }
    },
    countOf: (id) => counts.get(id) ?? 0,
    sumOfCountLogs: () => countLogs[tokens.length] as number,
  };
}

/** c ln c, and 0 for 0. */
export function countLog(count: number): number {
  return count === 0 ? 0 : count * Math.log(count);
}
