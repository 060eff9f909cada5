/**
 * A trace: what every stopping rule needs to know of real generations, so that any policy can be run over them again.
 *
 * It is exact in law. The emitted text x_1..x_n follows the target alone, whatever is drafted. Given the text, a drafted
 * token at place i, behind x_1..x_(i-1), is accepted with probability `min(1, q(x_i) / p(x_i))` (rejection acceptance
 * is the maximal coupling of p and q; at temperature 0 this is 0 or 1), independently of every other place. When it is
 * accepted the drafted token is x_i, so what the draft sees next depends on the place alone and not on where its block
 * began. When it is rejected it is distributed as `norm(max(0, q - p))`, and drafting goes on behind it, off the text:
 * one such continuation is recorded for each place. A place is decided on at most once in a generation, since what is
 * decided there is committed, so one number for each place makes a whole generation of the right law.
 *
 * On disk: JSON lines, the header first and then one {@link TraceText} a line; gzipped when its name ends with `.gz`.
 */
import type { DraftKind } from '@outrider/speculation';
import type { ModelName } from '../policies/result.js';
import type { Provenance } from '../report/provenance.js';
import type { PromptKind } from '../workload/prompts.js';

export const TRACE_FORMAT = 'outrider-trace/1';

export interface Trace {
  readonly header: TraceHeader;
  readonly texts: readonly TraceText[];
}

export interface TraceHeader extends Provenance {
  readonly format: typeof TRACE_FORMAT;
  readonly settings: TraceSettings;
  readonly models: { readonly target: ModelName; readonly draft: ModelName };
}

export interface TraceSettings {
  readonly temperature: number;
  readonly draftKind: DraftKind;
  /** Decimal digits of an unsigned 64-bit integer; a text's own seed is this plus its prompt's place. */
  readonly seed: string;
  readonly prompts: number;
  readonly maxTokens: number;
  /** Distributions recorded behind a rejected token at most. */
  readonly offPathDepth: number;
  /** Candidates of a distribution. */
  readonly candidates: number;
  readonly threads: number;
}

/** One generation. The arrays have an entry for each emitted token. */
export interface TraceText extends PlaceFigures {
  /** Id of the prompt. */
  readonly prompt: string;
  readonly kind: PromptKind;
  readonly promptTokens: number;
  /** Why the text ended: with `stop` its last token is an end token. */
  readonly finishReason: 'stop' | 'length';
  readonly tokens: readonly number[];
  /**
   * A letter for each place: where the draft's distribution there comes from, `n` a pass of the model, `g` n-grams;
   * `-` where the draft has none, which ends its block. The figures of such a place are 0.
   */
  readonly sources: string;
  /**
   * Of hybrid drafts: the same of the model's own distribution, which the draft turns to where the limits would stop at
   * the n-grams' one. Of no meaning where the source is not `g`.
   */
  readonly fallback?: PlaceFigures;
  /** Of one step of the draft at this place, and of the target's pass over one token, as measured. */
  readonly draftMs: readonly number[];
  readonly targetMs: readonly number[];
}

/** What is known of each place of a text. */
export interface PlaceFigures {
  /** Nats, of the draft's distribution behind the text so far. */
  readonly entropy: readonly number[];
  readonly topProbability: readonly number[];
  /** min(1, q(x)/p(x)): the chance that the drafted token is accepted, given that x is what is emitted. */
  readonly acceptance: readonly number[];
  /** sum min(p, q): the same before the emitted token is known. */
  readonly expectedAcceptance: readonly number[];
  /** The draft's probability of the drafted token, should it be accepted: q(x). At temperature 0 the top one. */
  readonly acceptedProbability: readonly number[];
  /** And should it be rejected: q(w) of the recorded one; 0 where none can be. */
  readonly rejectedProbability: readonly number[];
  /** Behind a rejected token; null where none can be rejected. */
  readonly offPath: readonly (OffPath | null)[];
}

/** What the draft goes on to draft behind a rejected token. Behind the last entry, the last one is repeated. */
export interface OffPath {
  /** As {@link TraceText.sources}, without `-`. */
  readonly sources: string;
  readonly entropy: readonly number[];
  readonly topProbability: readonly number[];
  /** Of the token that is sampled; absent where it is the top one throughout (temperature 0). */
  readonly tokenProbability?: readonly number[];
  /** Of hybrid drafts: the model's own figures, where the source is `g`; what follows is recorded once for both. */
  readonly fallback?: { readonly entropy: readonly number[]; readonly topProbability: readonly number[] };
  /**
   * What ends a block behind the last entry's token, or behind the rejected one when there is no entry: it is an end
   * token, or the draft knows no way on. Absent when the recorded depth ended.
   */
  readonly end?: 'end_of_text' | 'no_match';
}
