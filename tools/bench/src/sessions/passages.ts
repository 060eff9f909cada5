/** Passages of a wanted length in tokens, no two of which begin alike. */
import { wire } from '@outrider/contracts';
import { type Connection, callUnary } from '@outrider/rpc';
import { evaluationText } from '../workload/evaluation-text.js';

const { tokenize } = wire.GenerationServiceService;

/** Words between the beginnings of two passages. */
const STRIDE = 41;

export type TakePassage = (tokens: number) => Promise<string>;

/** Each call takes the next passage, of as many words as are nearest to `tokens` tokens from below. */
export function createPassages(connection: Connection, signal: AbortSignal): TakePassage {
  const words = evaluationText().split(/\s+/).filter(Boolean);
  let taken = 0;
  const lengthOf = async (text: string): Promise<number> =>
    (await callUnary(connection, tokenize, { text }, { signal })).tokenIds.length;
  return async (tokens) => {
    const start = (taken++ * STRIDE) % words.length;
    const rotated = [...words.slice(start), ...words.slice(0, start)];
    let [low, high] = [1, Math.min(tokens, rotated.length)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((await lengthOf(rotated.slice(0, middle).join(' '))) <= tokens) low = middle;
      else high = middle - 1;
    }
    return rotated.slice(0, low).join(' ');
  };
}
