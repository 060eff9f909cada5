/** What a draft goes on to draft behind a token that is rejected. */
import { type DraftedToken, type TokenId, tokenProbability } from '@outrider/speculation';
import type { OffPath } from '../trace/types.js';
import type { DraftSession } from './draft-session.js';
import { roundOff } from './round-off.js';

/**
 * `behind` ends with the rejected token. `model`, of a hybrid draft, is a session of the model alone that says what it
 * thinks where n-grams spoke first.
 */
export async function recordOffPath(
  session: DraftSession,
  model: DraftSession | undefined,
  behind: readonly TokenId[],
  depth: number,
  endTokenIds: readonly TokenId[],
): Promise<OffPath> {
  if (endTokenIds.includes(behind.at(-1) as TokenId)) return chainOf([], [], 'end_of_text');
  const { stopReason, tokens } = await session.draft(behind, depth);
  const ids = tokens.map(({ id }) => id);
  const fallbacks: (DraftedToken | undefined)[] = [];
  if (model !== undefined) {
    for (const [i, { source }] of tokens.entries()) {
      const known = source === 'ngram' ? await model.draft([...behind, ...ids.slice(0, i)], 1) : undefined;
      fallbacks.push(known?.tokens[0]);
    }
  }
  const ended = stopReason === 'end_of_text' || stopReason === 'no_match';
  return chainOf(tokens, fallbacks, ended ? stopReason : undefined);
}

function chainOf(
  tokens: readonly DraftedToken[],
  fallbacks: readonly (DraftedToken | undefined)[],
  end: OffPath['end'],
): OffPath {
  const probabilities = tokens.map(tokenProbability);
  const sampled = tokens.some(({ topProbability }, i) => topProbability !== probabilities[i]);
  return {
    sources: tokens.map(sourceLetter).join(''),
    entropy: tokens.map(({ entropy }) => roundOff(entropy)),
    topProbability: tokens.map(({ topProbability }) => roundOff(topProbability)),
    ...(sampled && { tokenProbability: probabilities.map((each) => roundOff(each)) }),
    ...(fallbacks.some((each) => each !== undefined) && {
      fallback: {
        entropy: fallbacks.map((each) => roundOff(each?.entropy ?? 0)),
        topProbability: fallbacks.map((each) => roundOff(each?.topProbability ?? 0)),
      },
    }),
    ...(end && { end }),
  };
}

export function sourceLetter({ source }: DraftedToken): 'n' | 'g' {
  return source === 'ngram' ? 'g' : 'n';
}
