/** A text of a trace made ready to be walked: each place's tokens as the stopping rules want them. */
import { type DraftedToken, type KeyedRandom, keyedRandom } from '@outrider/speculation';
import type { OffPath, PlaceFigures, Trace, TraceText } from '../trace/types.js';

export interface TextPath {
  readonly text: TraceText;
  /** Of the text within its trace; keys its draws. */
  readonly index: number;
  /** Tokens that might have been emitted at most. */
  readonly maxTokens: number;
  /** One for each emitted token; undefined where the draft has nothing to propose. */
  readonly places: readonly (Place | undefined)[];
}

/** What the draft finds behind the text so far. */
export interface Place {
  /** The drafted token, should it be accepted and should it be rejected. */
  readonly accepted: DraftedToken;
  readonly rejected: DraftedToken;
  /** What it drafts behind the rejected one. */
  readonly offPath: readonly OffPathToken[];
  readonly offPathEnd: OffPath['end'];
  /** The model's own, of a place where n-grams are looked up first. */
  readonly fallback: Place | undefined;
}

export interface OffPathToken {
  readonly token: DraftedToken;
  readonly fallback: DraftedToken | undefined;
}

/** For each place 1 when what is drafted there is accepted, and 0 when not. */
export interface Acceptances {
  readonly own: Uint8Array;
  /** Should the model's own distribution be drafted from in place of the n-grams' one. */
  readonly fallback: Uint8Array;
}

export function preparePaths({ header, texts }: Trace): TextPath[] {
  return texts.map((text, index) => ({
    text,
    index,
    maxTokens: text.finishReason === 'length' ? text.tokens.length : header.settings.maxTokens,
    places: text.tokens.map((_, i) => placeOf(text, i)),
  }));
}

function placeOf(text: TraceText, i: number): Place | undefined {
  const letter = text.sources[i];
  if (letter === '-') return undefined;
  const fallback = letter === 'g' && text.fallback ? figuresAt(text.fallback, i, 'n', undefined) : undefined;
  return figuresAt(text, i, letter, fallback);
}

function figuresAt(figures: PlaceFigures, i: number, letter: string | undefined, fallback: Place | undefined): Place {
  const token = (probability: number | undefined): DraftedToken =>
    tokenOf(letter, figures.entropy[i], figures.topProbability[i], probability);
  const offPath = figures.offPath[i];
  return {
    accepted: token(figures.acceptedProbability[i]),
    rejected: token(figures.rejectedProbability[i]),
    offPath: offPath ? Array.from(offPath.entropy, (_, depth) => offPathToken(offPath, depth)) : [],
    offPathEnd: offPath?.end,
    fallback,
  };
}

function offPathToken(chain: OffPath, depth: number): OffPathToken {
  const { entropy, fallback, sources, tokenProbability, topProbability } = chain;
  const letter = sources[depth];
  const probability = (tokenProbability ?? topProbability)[depth];
  return {
    token: tokenOf(letter, entropy[depth], topProbability[depth], probability),
    fallback:
      fallback && letter === 'g'
        ? tokenOf('n', fallback.entropy[depth], fallback.topProbability[depth], fallback.topProbability[depth])
        : undefined,
  };
}

/** A rule never learns which token it is, only how probable it was. */
function tokenOf(letter: string | undefined, entropy = 0, topProbability = 0, probability = 0): DraftedToken {
  const candidates = { ids: [0], probabilities: [probability] };
  return { id: 0, entropy, topProbability, source: letter === 'g' ? 'ngram' : 'neural', candidates };
}

/**
 * What is accepted, for one seed. A place is decided on once at most in a generation, so the draws need no other key
 * than the place, and all policies of a seed meet with the same luck: differences between them are differences of what
 * they chose.
 */
export function drawAcceptances({ index, text }: TextPath, random: KeyedRandom): Acceptances {
  const draw = ({ acceptance }: PlaceFigures): Uint8Array =>
    Uint8Array.from(acceptance, (probability, i) => (random.uniform(i, 'accept', index) < probability ? 1 : 0));
  const own = draw(text);
  return { own, fallback: text.fallback === undefined ? own : draw(text.fallback) };
}

/** {@link drawAcceptances} of all texts, one after the other for each seed. */
export function drawAll(
  paths: readonly TextPath[],
  seeds: readonly bigint[],
): { readonly path: TextPath; readonly acceptances: Acceptances }[] {
  return seeds.flatMap((seed) => {
    const random = keyedRandom(seed);
    return paths.map((path) => ({ path, acceptances: drawAcceptances(path, random) }));
  });
}
