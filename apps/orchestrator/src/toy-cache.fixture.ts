/**
 * Caches of toy replicas that really hold tokens, and a text that follows from all of them: a cache that holds anything
 * but what the orchestrator takes it to hold says something else.
 */
import { invalidArgument } from '@outrider/contracts';
import type { TokenId } from '@outrider/speculation';

/** What a replica keeps of the sessions that are over. */
export interface ToyCache {
  session(): ToySession;
}

export interface ToySession {
  /** How many of the first of these tokens any cache holds: they are this session's now. */
  open(tokens: readonly TokenId[]): number;
  /** Rolls back to `keepLength` tokens and appends. */
  take(keepLength: number, tokens: readonly TokenId[]): void;
  append(token: TokenId): void;
  /** What comes after the tokens held. */
  next(): TokenId;
}

export function createToyCache(): ToyCache {
  const kept: TokenId[][] = [];
  return {
    session() {
      const held: TokenId[] = [];
      kept.push(held);
      return {
        open(tokens) {
          const cached = Math.max(0, ...kept.map((other) => commonPrefix(other, tokens)));
          for (const token of tokens.slice(0, cached)) held.push(token);
          return cached;
        },
        take(keepLength, tokens) {
          if (keepLength > held.length) throw invalidArgument('keep_length', `is ${keepLength} of ${held.length}`);
          held.length = keepLength;
          for (const token of tokens) held.push(token);
        },
        append: (token) => void held.push(token),
        next: () => follows(held),
      };
    },
  };
}

/** The text of so many tokens after a prompt. */
export function sayAfter(prompt: string, count: number): string {
  const tokens = [...Buffer.from(prompt)];
  const { length } = tokens;
  while (tokens.length < length + count) tokens.push(follows(tokens));
  return Buffer.from(tokens.slice(length)).toString();
}

function follows(tokens: readonly TokenId[]): TokenId {
  let hash = 7;
  for (const token of tokens) hash = (hash * 31 + token + 1) % 65_521;
  return 'a'.charCodeAt(0) + (hash % 26);
}

function commonPrefix(a: readonly TokenId[], b: readonly TokenId[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
