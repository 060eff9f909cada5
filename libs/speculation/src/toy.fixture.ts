/**
 * A draft and a target over toy models that behave as the real ones must: each keeps its own cache, rolls back by
 * length, and takes its laws from the package's own sampling functions. A wrong cache position gives a wrong
 * context, and thereby a wrong law.
 */
import type { ToyModel } from '@outrider/testing';
import { entropy } from './entropy.js';
import type { Chooser } from './random.js';
import { type Candidates, draftDistribution, distributionFromLogits } from './sampling.js';
import { includeTokens, targetDistribution, withTail } from './sampling.js';
import { stoppingAt } from './stopping.js';
import type { CachePosition, DraftedToken, Drafter, Sampling, Scorer, SparseDistribution } from './types.js';
import type { TargetDistribution, TokenId } from './types.js';

export interface ToyReplicaOptions {
  readonly model: ToyModel;
  readonly sampling: Sampling;
  readonly chooser: Chooser;
  /** Candidates of a distribution: at least 1 on the draft side; on the target side 0 leaves all to the tail. */
  readonly candidates: number;
  readonly endTokenIds: readonly TokenId[];
}

/** Proposes tokens; stops before sampling. */
export function toyDrafter(options: ToyReplicaOptions): Drafter {
  const { model, sampling, chooser } = options;
  let cache: TokenId[] = [];
  return {
    async propose(at, limits) {
      cache = rolledBack(cache, at);
      const tokens: DraftedToken[] = [];
      while (tokens.length < limits.maxTokens) {
        const logits = model.logits(cache);
        const probabilities = tempered(logits, sampling.temperature || 1);
        const figures = { entropy: entropy(probabilities), topProbability: Math.max(...probabilities) };
        const stopping = stoppingAt(tokens.length, figures, limits);
        if (stopping?.proposes === false) {
          const stop = { stopReason: stopping.reason, stoppingEntropy: figures.entropy };
          return { tokens, ...stop, kvLength: cache.length, computeMs: 0 };
        }
        const candidates = draftDistribution(topCandidates(logits, options), sampling);
        const choice = chooser.choose('draft', cache.length, tokens.length, candidates.probabilities);
        const id = candidates.ids[choice] as TokenId;
        tokens.push({ id, ...figures, candidates });
        cache.push(id);
        // The last token was sampled, not forwarded: the cache ends before it.
        const held = { tokens, kvLength: cache.length - 1, computeMs: 0 };
        if (options.endTokenIds.includes(id)) return { ...held, stopReason: 'end_of_text' };
        if (stopping !== undefined) return { ...held, stopReason: stopping.reason };
      }
      return { tokens, stopReason: 'max_tokens', kvLength: cache.length - 1, computeMs: 0 };
    },
  };
}

/** Scores with the target's law, sent as candidates and tail. */
export function toyScorer(options: ToyReplicaOptions): Scorer {
  const { model, sampling, chooser } = options;
  let cache: TokenId[] = [];
  let scored: { position: number; law: SparseDistribution; sent: TargetDistribution }[] = [];
  return {
    async score(at, draft) {
      cache = rolledBack(cache, at);
      scored = [undefined, ...draft].map((forwarded, index) => {
        if (forwarded !== undefined) cache.push(forwarded.id);
        const logits = model.logits(cache);
        const law = distributionFromLogits(Float32Array.from(logits), sampling);
        // With candidates, the way of an engine; without, everything is tail.
        const own =
          (options.candidates > 0 && targetDistribution(topCandidates(logits, options), sampling)) ||
          withTail(law, options.candidates);
        const sent = includeTokens(own, draft[index]?.candidates.ids ?? [], (id) => probabilityOf(id, law));
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

function tempered(logits: readonly number[], temperature: number): number[] {
  const weights = logits.map((logit) => Math.exp(logit / temperature));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

function topCandidates(logits: readonly number[], options: ToyReplicaOptions): Candidates {
  const scaled = logits.map((logit) => logit / (options.sampling.temperature || 1));
  const order = scaled.map((_, id) => id).sort((a, b) => (scaled[b] as number) - (scaled[a] as number) || a - b);
  const ids = order.slice(0, options.candidates);
  return {
    ids,
    logits: ids.map((id) => scaled[id] as number),
    logNormalizer: Math.log(scaled.reduce((total, logit) => total + Math.exp(logit), 0)),
    vocabularySize: logits.length,
  };
}

function probabilityOf(id: TokenId, law: SparseDistribution): number {
  return law.probabilities[law.ids.indexOf(id)] ?? 0;
}
