import { seededRandom } from './seeded-random.js';

/** A language model small enough to write down: logits for every context, each context with its own. */
export interface ToyModel {
  readonly vocabularySize: number;
  /** Logits of the next token, [vocabularySize], representable in float32. */
  logits(context: readonly number[]): readonly number[];
}

/**
 * A model whose table is pseudo-random: each context seeds its own logits, uniform in [-spread, spread). Contexts
 * that differ anywhere have unrelated logits, so that a wrong context cannot go unnoticed.
 */
export function toyModel(seed: number, vocabularySize: number, spread = 2): ToyModel {
  const table = new Map<string, readonly number[]>();
  return {
    vocabularySize,
    logits(context) {
      const key = context.join(',');
      let logits = table.get(key);
      if (logits === undefined) {
        const random = seededRandom(hash(`${seed}:${key}`));
        logits = Array.from({ length: vocabularySize }, () => Math.fround((2 * random() - 1) * spread));
        table.set(key, logits);
      }
      return logits;
    },
  };
}

/** A model that gives every context the same logits. */
export function constantModel(logits: readonly number[]): ToyModel {
  return { vocabularySize: logits.length, logits: () => logits };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state >>> 0;
}
