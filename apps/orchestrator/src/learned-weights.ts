import { readFile } from 'node:fs/promises';
import { ConfigError } from '@outrider/config';
import { DEFAULT_LEARNED_WEIGHTS } from '@outrider/models';
import { type LearnedWeights, readLearnedWeights } from '@outrider/speculation';

/** Reads the weights of the policy `learned`. Errors: ConfigError when the file cannot be read or holds no weights. */
export async function loadLearnedWeights(file: string = DEFAULT_LEARNED_WEIGHTS): Promise<LearnedWeights> {
  try {
    return readLearnedWeights(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new ConfigError([`OUTRIDER_LEARNED_WEIGHTS (--learned-weights-file): ${file}: ${(error as Error).message}`]);
  }
}
