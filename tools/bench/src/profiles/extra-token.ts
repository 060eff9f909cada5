/** What a further token adds to a draft's pass, as a share of a pass over one: catching up costs less than drafting. */
import type { Engine } from '@outrider/inference';
import type { TokenId } from '@outrider/speculation';
import { straightLine } from './fit.js';

const WIDTHS = [1, 2, 3, 5, 8];
const LAPS = 30;
const LIMITS = { maxTokens: 1, minTokens: 1, maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };

/** By the least times, which other work on the machine cannot lengthen. `text` are tokens of real text, at least twice 64. */
export async function measureExtraToken(draft: Engine, text: readonly TokenId[], signal: AbortSignal): Promise<number> {
  const key = { sessionId: 'extra-token', fence: 1n };
  const keepLength = 64;
  const sampling = { temperature: 0, topK: 0, topP: 1, seed: 1n };
  await draft.open(key);
  try {
    await draft.prefill({ ...key, keepLength: 0, tokens: text.slice(0, keepLength) }, signal);
    const samples = new Map<number, number[]>(WIDTHS.map((width) => [width, []]));
    for (let lap = 0; lap < LAPS; lap++) {
      for (const [width, own] of samples) {
        const tokens = text.slice(keepLength, keepLength + width);
        own.push((await draft.draftBlock({ ...key, keepLength, tokens, sampling, limits: LIMITS }, signal)).computeMs);
      }
    }
    const { intercept, slope } = straightLine([...samples].map(([width, own]) => [width, Math.min(...own)] as const));
    return Math.max(0, slope / (intercept + slope));
  } finally {
    await draft.close(key);
  }
}
