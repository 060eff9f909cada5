/**
 * Ranges by the bootstrap (Efron, 1979): what the ratio of two speeds might have been with other prompts of the same
 * sort. Prompts are drawn, not generations: the laps and seeds of a prompt are alike.
 */
import { keyedRandom } from '@outrider/speculation';
import type { Figures, RatioRange } from './types.js';

const RESAMPLES = 1000;
const SEED = 1n;

interface Rate {
  readonly tokens: number;
  readonly ms: number;
}

type Timed = Pick<Figures, 'prompt' | 'decodeTokens' | 'decodeMs'>;

/** Pooled speed of `own` over that of `other`, over the prompts that both have; undefined when there is none. */
export function ratioRange(own: readonly Timed[], other: readonly Timed[]): RatioRange | undefined {
  const [owns, others] = [byPrompt(own), byPrompt(other)];
  const pairs = [...owns].flatMap(([prompt, rate]) => {
    const against = others.get(prompt);
    return against === undefined ? [] : [{ rate, against }];
  });
  const ratio = ratioOf(pairs);
  if (ratio === undefined) return undefined;
  const drawn = resamples(pairs.length).flatMap((places) => ratioOf(pairs, places) ?? []);
  drawn.sort((a, b) => a - b);
  const at = (share: number): number => drawn[Math.round(share * (drawn.length - 1))] ?? ratio;
  return { ratio, low: at(0.025), high: at(0.975) };
}

interface Pair {
  readonly rate: Rate;
  readonly against: Rate;
}

function ratioOf(pairs: readonly Pair[], places: Iterable<number> = pairs.keys()): number | undefined {
  let [ownTokens, ownMs, otherTokens, otherMs] = [0, 0, 0, 0];
  for (const place of places) {
    const { against, rate } = pairs[place] as Pair;
    ownTokens += rate.tokens;
    ownMs += rate.ms;
    otherTokens += against.tokens;
    otherMs += against.ms;
  }
  const ratio = ownTokens / ownMs / (otherTokens / otherMs);
  return Number.isFinite(ratio) ? ratio : undefined;
}

/** Which of `count` prompts each resample holds. Drawn once: comparisons of the same prompts share their luck. */
function resamples(count: number): readonly Uint16Array[] {
  const known = drawnBefore.get(count);
  if (known !== undefined) return known;
  const random = keyedRandom(SEED);
  const drawn = Array.from({ length: RESAMPLES }, (_, sample) =>
    Uint16Array.from({ length: count }, (__, i) => Math.floor(random.uniform(i, 'accept', sample) * count)),
  );
  drawnBefore.set(count, drawn);
  return drawn;
}

const drawnBefore = new Map<number, readonly Uint16Array[]>();

function byPrompt(figures: readonly Timed[]): Map<string, Rate> {
  const rates = new Map<string, Rate>();
  for (const { decodeMs, decodeTokens, prompt } of figures) {
    const { tokens, ms } = rates.get(prompt) ?? { tokens: 0, ms: 0 };
    rates.set(prompt, { tokens: tokens + decodeTokens, ms: ms + decodeMs });
  }
  return rates;
}
