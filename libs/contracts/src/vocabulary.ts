import { invalidArgument } from './error.js';

/** Which token ids exist, with the scratch space to tell repeated ones in one pass. */
export interface Vocabulary {
  readonly size: number;
  /** seen[id] === mark.value: id occurred in the list being checked. */
  readonly seen: Uint32Array;
  readonly mark: { value: number };
}

/** Costs 4 bytes a token, once; checking a list then allocates nothing. */
export function createVocabulary(size: number): Vocabulary {
  return { size, seen: new Uint32Array(size), mark: { value: 0 } };
}

/** Throws unless every id is below the vocabulary's size. */
export function checkTokenIds(ids: readonly number[], vocabulary: Vocabulary, field: string): readonly number[] {
  for (let i = 0; i < ids.length; i++) {
    if (!(ids[i]! < vocabulary.size)) throw outOfVocabulary(ids[i]!, vocabulary, `${field}[${i}]`);
  }
  return ids;
}

/** Throws unless the id is below the vocabulary's size. */
export function checkTokenId(id: number, vocabulary: Vocabulary, field: string): number {
  if (!(id < vocabulary.size)) throw outOfVocabulary(id, vocabulary, field);
  return id;
}

/**
 * Position of the first id that is outside the vocabulary or occurs a second time, or -1. A position instead of
 * an error, so that callers on the path of every round build the field's name only when they need it.
 */
export function firstUnusable(ids: readonly number[], vocabulary: Vocabulary): number {
  const { seen, mark, size } = vocabulary;
  if (mark.value === 0xffffffff) {
    seen.fill(0);
    mark.value = 0;
  }
  const value = ++mark.value;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(id < size) || seen[id] === value) return i;
    seen[id] = value;
  }
  return -1;
}

/** The error for what firstUnusable found. */
export function unusable(ids: readonly number[], index: number, vocabulary: Vocabulary, field: string): Error {
  const id = ids[index]!;
  const at = `${field}[${index}]`;
  return id < vocabulary.size ? invalidArgument(at, `repeats token id ${id}`) : outOfVocabulary(id, vocabulary, at);
}

function outOfVocabulary(id: number, vocabulary: Vocabulary, field: string): Error {
  return invalidArgument(field, `token id ${id} is outside the vocabulary of ${vocabulary.size}`);
}
