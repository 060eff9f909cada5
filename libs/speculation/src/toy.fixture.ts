/**
 * A draft and a target over toy models that behave as the real ones must: each keeps its own cache, rolls back by
 * length, and takes its laws from the package's own sampling functions. A wrong cache position gives a wrong
 * context, and thereby a wrong law.
 */
import type { ToyModel } from '@outrider/testing';
import { adjustCandidates, adjustLogits, logitChanges } from './adjust.js';
import { race } from './coupling.js';
import { entropy } from './entropy.js';
import type { Chooser, KeyedRandom } from './random.js';
import { type Candidates, candidatesOf, draftDistribution, distributionFromLogits } from './sampling.js';
import { includeTokens, targetDistribution, withTail } from './sampling.js';
import { blockRule } from './stopping.js';
import type { CachePosition, DraftedToken, Drafter, Sampling, Scorer, SparseDistribution } from './types.js';
import type { TargetDistribution, TokenId } from './types.js';

export interface ToyReplicaOptions {
  readonly model: ToyModel;
  readonly sampling: Sampling;
  readonly chooser: Chooser;
  /** Set for coupled acceptance. */
  readonly coupled?: KeyedRandom | undefined;
  /** Tokens of the prompt, which the frequency and presence penalties pass over; 0 when absent. */
  readonly promptLength?: number;
  /** Candidates of a distribution: at least 1 on the draft side; on the target side 0 leaves all to the tail. */
  readonly candidates: number;
  readonly endTokenIds: readonly TokenId[];
  /** Which tokens may follow a generated text: a constraint. */
  readonly allows?: ((text: readonly TokenId[], id: TokenId) => boolean) | undefined;
  /** What a wrong variant takes for the tokens before a position: `held` of `tokens` were there before the block. */
  readonly historyOf?: (tokens: readonly TokenId[], held: number) => readonly TokenId[];
}

/** Proposes tokens; stops before sampling. */
export function toyDrafter(options: ToyReplicaOptions): Drafter {
  const { sampling, chooser, coupled } = options;
  let cache: TokenId[] = [];
  return {
    async propose(at, limits) {
      cache = rolledBack(cache, at);
      const tokens: DraftedToken[] = [];
      const rule = blockRule(limits);
      let passes = 0;
      while (tokens.length < limits.maxTokens) {
        const unlikely = rule.beforePass();
        // The last token was sampled, not forwarded: the cache ends before it.
        if (unlikely) return { tokens, stopReason: unlikely, kvLength: cache.length - 1, computeMs: 0, passes };
        const look = lookAt(cache, options);
        passes++;
        const forwarded = { tokens, kvLength: cache.length, computeMs: 0, passes };
        // None of its candidates may be drawn.
        if (look === undefined) return { ...forwarded, stopReason: 'top_probability' };
        const figures = { entropy: look.entropy, topProbability: look.topProbability };
        const stopping = rule.at(figures);
        if (stopping?.proposes === false) {
          return { ...forwarded, stopReason: stopping.reason, stoppingEntropy: figures.entropy };
        }
        const candidates = draftDistribution(look.candidates, sampling);
        const choice =
          coupled === undefined
            ? chooser.choose('draft', cache.length, tokens.length, candidates.probabilities)
            : race(candidates, 0, cache.length, coupled);
        const id = candidates.ids[choice] as TokenId;
        const drafted: DraftedToken = { id, ...figures, candidates };
        tokens.push(drafted);
        cache.push(id);
        const held = { tokens, kvLength: cache.length - 1, computeMs: 0, passes };
        const ending = rule.after(drafted);
        if (options.endTokenIds.includes(id)) return { ...held, stopReason: 'end_of_text' };
        const reason = stopping?.reason ?? ending;
        if (reason !== undefined) return { ...held, stopReason: reason };
      }
      return { tokens, stopReason: 'max_tokens', kvLength: cache.length - 1, computeMs: 0, passes };
    },
  };
}

const nowhere: SparseDistribution = { ids: [], probabilities: [] };
const impasse = { field: 'sampling.logit_bias', message: 'bans every token that may come next' };
const atImpasse: TargetDistribution = { ...nowhere, tailProbability: 0, impasse };

/** Scores with the target's law, sent as candidates and tail. */
export function toyScorer(options: ToyReplicaOptions): Scorer {
  const { sampling, chooser, coupled } = options;
  let cache: TokenId[] = [];
  let scored: { position: number; law: SparseDistribution; sent: TargetDistribution }[] = [];
  return {
    async score(at, draft) {
      cache = rolledBack(cache, at);
      const held = cache.length;
      scored = [undefined, ...draft].map((forwarded, index) => {
        if (forwarded !== undefined) cache.push(forwarded.id);
        const logits = targetLogits(cache, held, options);
        if (!logits.some((logit) => logit > -Infinity))
          return { position: cache.length, law: nowhere, sent: atImpasse };
        const law = distributionFromLogits(logits, sampling);
        // With candidates, the way of an engine; without, everything is tail.
        const own =
          (options.candidates > 0 && targetDistribution(topCandidates(logits, options), sampling)) ||
          withTail(law, options.candidates);
        // Coupled acceptance wants the target's own candidates.
        const asked = coupled === undefined ? (draft[index]?.candidates.ids ?? []) : [];
        const sent = includeTokens(own, asked, (id) => probabilityOf(id, law));
        return { position: cache.length, law, sent };
      });
      const positions = scored.map((position) => position.sent);
      return { positions, kvLength: cache.length, queueMs: 0, computeMs: 0, batchSize: 1 };
    },
    async drawFromTail(_round, index) {
      const { position, law, sent } = scored[index] as (typeof scored)[number];
      const outside = law.ids.map((id, i) => (sent.ids.includes(id) ? 0 : (law.probabilities[i] as number)));
      // As drawTokenOutside does where the tail was a remnant of rounding.
      const weights = outside.some((weight) => weight > 0) ? outside : law.probabilities;
      return law.ids[chooser.choose('tail', position, 0, weights)] as TokenId;
    },
  };
}

function rolledBack(cache: readonly TokenId[], at: CachePosition): TokenId[] {
  if (at.keepLength > cache.length) throw new Error(`keeps ${at.keepLength} of ${cache.length} tokens`);
  return [...cache.slice(0, at.keepLength), ...at.tokens];
}

interface Look {
  readonly candidates: Candidates;
  readonly entropy: number;
  readonly topProbability: number;
}

/** What the draft may draw from after its cache, and how sure it is: of changed logits, as far as it has candidates. */
function lookAt(cache: readonly TokenId[], options: ToyReplicaOptions): Look | undefined {
  const { allows, candidates: count, model, promptLength = 0, sampling } = options;
  const { adjustments, temperature } = sampling;
  const logits = Float32Array.from(model.logits(cache));
  const sure = (probabilities: readonly number[]) => ({
    entropy: entropy(probabilities),
    topProbability: Math.max(...probabilities),
  });
  if (adjustments === undefined && allows === undefined) {
    return { candidates: topCandidates(logits, options), ...sure(softmax(logits, temperature || 1)) };
  }
  const raw = candidatesOf(logits, 0, count);
  const own = logitChanges(adjustments ?? {}, { tokens: cache, promptLength });
  const text = cache.slice(promptLength);
  const apply = (id: TokenId, logit: number) => (allows?.(text, id) === false ? -Infinity : own.apply(id, logit));
  const changes = { ids: own.ids, apply };
  const candidates = adjustCandidates(Array.from(raw.ids), Array.from(raw.logits), temperature, changes);
  return candidates && { candidates, ...sure(softmax(Float32Array.from(candidates.logits), 1)) };
}

/** The logits after the cache, of which `held` tokens were there before the block, changed as the request asks. */
function targetLogits(cache: readonly TokenId[], held: number, options: ToyReplicaOptions): Float32Array {
  const { allows, historyOf = (tokens) => tokens, model, promptLength = 0, sampling } = options;
  const tokens = historyOf(cache, held);
  const logits = Float32Array.from(model.logits(cache));
  if (sampling.adjustments !== undefined) {
    adjustLogits(logits, logitChanges(sampling.adjustments, { tokens, promptLength }));
  }
  const text = tokens.slice(promptLength);
  if (allows !== undefined) logits.forEach((_, id) => allows(text, id) || (logits[id] = -Infinity));
  return logits;
}

function softmax(logits: Float32Array, temperature: number): number[] {
  const weights = Array.from(logits, (logit) => Math.exp(logit / temperature));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

function topCandidates(logits: Float32Array, { candidates, sampling }: ToyReplicaOptions): Candidates {
  return candidatesOf(logits, sampling.temperature, candidates);
}

function probabilityOf(id: TokenId, law: SparseDistribution): number {
  return law.probabilities[law.ids.indexOf(id)] ?? 0;
}
