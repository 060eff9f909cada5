/**
 * Ranges by the bootstrap (Efron, 1979): what the ratio of two speeds might have been with other prompts of the same
 * sort. Prompts are drawn, not generations: the laps and seeds of a prompt are alike.
 */
import { keyedRandom } from '@outrider/speculation';
import { sum } from '../statistics/samples.js';
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
  const random = keyedRandom(SEED);
  const drawn: number[] = [];
  for (let sample = 0; sample < RESAMPLES; sample++) {
    const chosen = pairs.map((_, i) => pairs[Math.floor(random.uniform(i, 'accept', sample) * pairs.length)] as Pair);
    const value = ratioOf(chosen);
    if (value !== undefined) drawn.push(value);
  }
  drawn.sort((a, b) => a - b);
  const at = (share: number): number => drawn[Math.round(share * (drawn.length - 1))] ?? ratio;
  return { ratio, low: at(0.025), high: at(0.975) };
}

interface Pair {
  readonly rate: Rate;
  readonly against: Rate;
}

function ratioOf(pairs: readonly Pair[]): number | undefined {
  const pooled = (rates: readonly Rate[]): number =>
    sum(rates.map(({ tokens }) => tokens)) / sum(rates.map(({ ms }) => ms));
  const ratio = pooled(pairs.map(({ rate }) => rate)) / pooled(pairs.map(({ against }) => against));
  return Number.isFinite(ratio) ? ratio : undefined;
}

function byPrompt(figures: readonly Timed[]): Map<string, Rate> {
  const rates = new Map<string, Rate>();
  for (const { decodeMs, decodeTokens, prompt } of figures) {
    const { tokens, ms } = rates.get(prompt) ?? { tokens: 0, ms: 0 };
    rates.set(prompt, { tokens: tokens + decodeTokens, ms: ms + decodeMs });
  }
  return rates;
}
