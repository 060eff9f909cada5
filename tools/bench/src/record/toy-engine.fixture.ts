/** An engine over a toy model: it drafts and scores by the core's own functions and keeps a cache as engines do. */
import type { Engine, SessionKey } from '@outrider/inference';
import {
  type Candidates,
  type DraftStopReason,
  type DraftedToken,
  type Sampling,
  type SparseDistribution,
  type TokenId,
  blockRule,
  candidatesOf,
  draftDistribution,
  drawToken,
  drawTokenOutside,
  distributionFromLogits,
  entropy as entropyOf,
  includeTokens,
  keyedRandom,
  withTail,
} from '@outrider/speculation';
import type { ToyModel } from '@outrider/testing';

/** `candidates` of a distribution are sent; of the draft's, the others are cut off. */
export function toyEngine(model: ToyModel, candidates: number, endTokenIds: readonly TokenId[]): Engine {
  const caches = new Map<string, TokenId[]>();
  let scored: { law: SparseDistribution; sent: readonly TokenId[]; position: number; seed: bigint }[] = [];

  const append = (key: SessionKey, keepLength: number, tokens: readonly TokenId[]): TokenId[] => {
    const held = caches.get(key.sessionId);
    if (held === undefined || keepLength > held.length) throw new Error(`no ${keepLength} tokens are held`);
    const cache = [...held.slice(0, keepLength), ...tokens];
    caches.set(key.sessionId, cache);
    return cache;
  };
  const logitsAfter = (tokens: readonly TokenId[]): Float32Array => Float32Array.from(model.logits(tokens));

  return {
    info: () => ({ vocabularySize: model.vocabularySize, contextLength: 1000, endTokenIds, slots: 9, slotsInUse: 0 }),
    async open({ sessionId }) {
      if (!caches.has(sessionId)) caches.set(sessionId, []);
      return { cachedLength: 0 };
    },
    prefill: async (request) => ({
      kvLength: append(request, request.keepLength, request.tokens).length,
      computeMs: 1,
    }),
    async draftBlock(request) {
      const { limits, sampling } = request;
      const cache = append(request, request.keepLength, request.tokens);
      const rule = blockRule(limits);
      const tokens: DraftedToken[] = [];
      // The last token is sampled, not taken in.
      const block = (stopReason: DraftStopReason, forwarded: boolean) => {
        const kvLength = forwarded ? cache.length : cache.length - 1;
        if (!forwarded) caches.set(request.sessionId, cache.slice(0, kvLength));
        return { tokens, stopReason, kvLength, computeMs: 1, passes: tokens.length + Number(forwarded) };
      };
      while (tokens.length < limits.maxTokens) {
        const look = lookAt(logitsAfter(cache), sampling, candidates);
        const stopping = rule.at(look);
        if (stopping?.proposes === false) return block(stopping.reason, true);
        const law = draftDistribution(look.candidates, sampling);
        const id = drawToken(law, keyedRandom(sampling.seed).uniform(cache.length, 'draft', tokens.length));
        const token = { id, entropy: look.entropy, topProbability: look.topProbability, candidates: law };
        tokens.push(token);
        cache.push(id);
        rule.after(token);
        if (endTokenIds.includes(id)) return block('end_of_text', false);
        if (stopping !== undefined) return block(stopping.reason, false);
      }
      return block('max_tokens', false);
    },
    async scoreBlocks(requests) {
      return requests.map((request) => {
        const { draft, sampling } = request;
        const cache = append(request, request.keepLength, request.tokens);
        scored = [];
        const positions = [undefined, ...draft].map((forwarded, i) => {
          if (forwarded !== undefined) cache.push(forwarded.id);
          const law = distributionFromLogits(logitsAfter(cache), sampling);
          const probability = (id: TokenId): number => law.probabilities[law.ids.indexOf(id)] ?? 0;
          const sent = includeTokens(withTail(law, candidates), draft[i]?.candidateIds ?? [], probability);
          scored.push({ law, sent: sent.ids, position: cache.length, seed: sampling.seed });
          return sent;
        });
        return { positions, kvLength: cache.length, queueMs: 0, computeMs: 1, batchSize: 1 };
      });
    },
    async drawFromTail(_key, index) {
      const { law, position, seed, sent } = scored[index] as (typeof scored)[number];
      return { token: drawTokenOutside(law, new Set(sent), keyedRandom(seed).uniform(position, 'tail')) };
    },
    async close({ sessionId }) {
      caches.delete(sessionId);
    },
    dispose: async () => undefined,
  };
}

interface Look {
  readonly candidates: Candidates;
  readonly entropy: number;
  readonly topProbability: number;
}

function lookAt(logits: Float32Array, { temperature }: Sampling, count: number): Look {
  const all = candidatesOf(logits, temperature, logits.length);
  const probabilities = Array.from(all.logits, (logit) => Math.exp(logit - all.logNormalizer));
  return {
    candidates: candidatesOf(logits, temperature, count),
    entropy: entropyOf(probabilities),
    topProbability: probabilities[0] as number,
  };
}
