/** Examples of drafted tokens, from traces: each place in a block that a draft could have come to. */
import { type DraftSource, type KeyedRandom, keyedRandom, updateRecentAcceptance } from '@outrider/speculation';
import type { TraceText } from '../trace/types.js';

/** What an acceptance is to be estimated from, and what it was. */
export interface Example {
  readonly prompt: string;
  readonly source: DraftSource;
  /** Nats. */
  readonly entropy: number;
  readonly topProbability: number;
  /** In its block, from 0. */
  readonly index: number;
  /** The average before the block. */
  readonly recentAcceptance: number;
  /** The chance that it was accepted. */
  readonly accepted: number;
}

export interface ExampleOptions {
  /** How often each text is walked, each time in other blocks and with other luck. */
  readonly walks: number;
  /** Tokens of a block at most. */
  readonly maxDraftTokens: number;
  readonly recentAcceptance: { readonly initial: number; readonly keep: number };
  readonly seed: bigint;
}

/**
 * Walks a text as rounds of blocks of random length, each drafted up to its first rejected token. Acceptance is drawn as
 * a replay draws it, since the average that an estimate hangs on comes from what happened; the example itself takes the
 * chance, which says the same with less noise.
 */
export function examplesOf(texts: readonly TraceText[], options: ExampleOptions): Example[] {
  const examples: Example[] = [];
  for (let walk = 0; walk < options.walks; walk++) {
    const random = keyedRandom(options.seed + BigInt(walk));
    texts.forEach((text, number) => walkText(text, number, random, options, examples));
  }
  return examples;
}

function walkText(
  text: TraceText,
  number: number,
  random: KeyedRandom,
  { maxDraftTokens, recentAcceptance }: ExampleOptions,
  examples: Example[],
): void {
  let average = recentAcceptance.initial;
  let place = 0;
  while (place < text.tokens.length) {
    const length = 1 + Math.floor(maxDraftTokens * random.uniform(place, 'draft', number));
    let accepted = 0;
    let rejected = false;
    while (!rejected && accepted < length && place < text.tokens.length && text.sources[place] !== '-') {
      examples.push(exampleAt(text, place, accepted, average));
      if (random.uniform(place, 'accept', number) < (text.acceptance[place] as number)) accepted++;
      else rejected = true;
      place++;
    }
    // Behind a whole block the target adds a token of its own; a rejected place got its token already.
    if (!rejected) place++;
    average = updateRecentAcceptance(
      average,
      { accepted, drafted: accepted + Number(rejected) },
      recentAcceptance.keep,
    );
  }
}

function exampleAt(text: TraceText, place: number, index: number, recentAcceptance: number): Example {
  return {
    prompt: text.prompt,
    source: text.sources[place] === 'g' ? 'ngram' : 'neural',
    entropy: text.entropy[place] as number,
    topProbability: text.topProbability[place] as number,
    index,
    recentAcceptance,
    accepted: text.expectedAcceptance[place] as number,
  };
}
