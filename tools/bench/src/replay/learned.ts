import { readFile } from 'node:fs/promises';
import { DEFAULT_LEARNED_WEIGHTS } from '@outrider/models';
import { type LearnedWeights, readLearnedWeights } from '@outrider/speculation';
import { BenchError } from '../bench-error.js';

/** The committed weights of the policy `learned`. */
export async function loadLearnedWeights(): Promise<LearnedWeights> {
  try {
    return readLearnedWeights(JSON.parse(await readFile(DEFAULT_LEARNED_WEIGHTS, 'utf8')));
  } catch (error) {
    throw new BenchError(`no weights for 'learned': ${(error as Error).message}`, 1, { cause: error });
  }
}
