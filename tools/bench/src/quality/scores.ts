/** What a model says of a given text, position by position, through the engine as the services run it. */
import type { Engine } from '@outrider/inference';
import type { Sampling, TargetDistribution, TokenId } from '@outrider/speculation';

/** After each token of a chunk but the last, the distribution of the next one. */
export type ChunkScores = readonly TargetDistribution[];

/** Positions scored at a time; a block of the cache. */
const STEP = 64;

const SAMPLING: Sampling = { temperature: 1, topK: 0, topP: 1, seed: 1n };

/**
 * Scores a chunk from an empty cache. `candidates` names the tokens whose probability is wanted at each position; the
 * engine adds its own most probable ones. Returns one distribution less than there are tokens.
 */
export async function scoreChunk(
  engine: Engine,
  tokens: readonly TokenId[],
  candidates: (position: number) => readonly TokenId[],
  signal: AbortSignal,
): Promise<ChunkScores> {
  const key = { sessionId: 'evaluation', fence: 1n };
  await engine.open(key);
  try {
    const scores: TargetDistribution[] = [];
    for (let from = 0; from < tokens.length - 1; from += STEP) {
      const to = Math.min(tokens.length - 1, from + STEP);
      // Asking about a position means drafting the token after it; the last one is rolled back by the next step.
      const draft = tokens.slice(from + 1, to + 1).map((id, i) => ({ id, candidateIds: candidates(from + i) }));
      const request = { ...key, keepLength: from, tokens: tokens.slice(from, from + 1), draft, sampling: SAMPLING };
      const [block] = await engine.scoreBlocks([request], signal);
      scores.push(...(block?.positions.slice(0, to - from) ?? []));
    }
    return scores;
  } finally {
    await engine.close(key);
  }
}

/** A token's probability; 0 for one that was not asked for and is not among the most probable. */
export function probabilityOf({ ids, probabilities }: TargetDistribution, token: TokenId): number {
  return probabilities[ids.indexOf(token)] ?? 0;
}
