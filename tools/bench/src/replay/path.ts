/** A text of a trace made ready to be walked: each place's tokens as the stopping rules want them. */
import { type DraftedToken, type KeyedRandom, keyedRandom } from '@outrider/speculation';
import type { OffPath, Trace, TraceText } from '../trace/types.js';

export interface TextPath {
  readonly text: TraceText;
  /** Of the text within its trace; keys its draws. */
  readonly index: number;
  /** Tokens that might have been emitted at most. */
  readonly maxTokens: number;
  /** One for each emitted token. */
  readonly places: readonly Place[];
}

/** What the draft finds behind the text so far. */
export interface Place {
  /** The drafted token, should it be accepted and should it be rejected; undefined where the draft has none. */
  readonly accepted: DraftedToken | undefined;
  readonly rejected: DraftedToken | undefined;
  /** What it drafts behind the rejected one. */
  readonly offPath: readonly DraftedToken[];
  readonly offPathEnd: OffPath['end'];
}

export function preparePaths({ header, texts }: Trace): TextPath[] {
  return texts.map((text, index) => ({
    text,
    index,
    maxTokens: text.finishReason === 'length' ? text.tokens.length : header.settings.maxTokens,
    places: text.tokens.map((_, i) => placeOf(text, i)),
  }));
}

function placeOf(text: TraceText, i: number): Place {
  if (text.sources[i] === '-') return { accepted: undefined, rejected: undefined, offPath: [], offPathEnd: undefined };
  const token = (probability: number): DraftedToken =>
    tokenOf(text.sources, i, text.entropy[i], text.topProbability[i], probability);
  const offPath = text.offPath[i];
  return {
    accepted: token(text.acceptedProbability[i] as number),
    rejected: token(text.rejectedProbability[i] as number),
    offPath: offPath ? Array.from(offPath.entropy, (_, depth) => offPathToken(offPath, depth)) : [],
    offPathEnd: offPath?.end,
  };
}

function offPathToken(chain: OffPath, depth: number): DraftedToken {
  const probability = (chain.tokenProbability ?? chain.topProbability)[depth] as number;
  return tokenOf(chain.sources, depth, chain.entropy[depth], chain.topProbability[depth], probability);
}

/** A rule never learns which token it is, only how probable it was. */
function tokenOf(sources: string, i: number, entropy = 0, topProbability = 0, probability: number): DraftedToken {
  const candidates = { ids: [0], probabilities: [probability] };
  return { id: 0, entropy, topProbability, source: sources[i] === 'g' ? 'ngram' : 'neural', candidates };
}

/**
 * Whether the drafted token of each place is accepted, 1 or 0, for one seed. A place is decided on once at most in a
 * generation, so the draws need no other key than the place, and all policies of a seed meet with the same luck:
 * differences between them are differences of what they chose.
 */
export function drawAcceptances({ index, text }: TextPath, random: KeyedRandom): Uint8Array {
  return Uint8Array.from(text.acceptance, (probability, i) =>
    random.uniform(i, 'accept', index) < probability ? 1 : 0,
  );
}

/** {@link drawAcceptances} of all texts, one after the other for each seed. */
export function drawAll(
  paths: readonly TextPath[],
  seeds: readonly bigint[],
): { readonly path: TextPath; readonly acceptances: Uint8Array }[] {
  return seeds.flatMap((seed) => {
    const random = keyedRandom(seed);
    return paths.map((path) => ({ path, acceptances: drawAcceptances(path, random) }));
  });
}
