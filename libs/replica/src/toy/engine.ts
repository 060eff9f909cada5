/**
 * An engine without a model: real slots, fences, lengths and cancellation, and a next token that is a plain function
 * of the tokens before it. For tests of what the service does around the engine.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CacheChange, type Engine, EngineError, type PrefillRequest, type SessionKey } from '@outrider/inference';
import type { DraftKind, DraftStopReason, DraftedToken, TokenId } from '@outrider/speculation';
import { createToyCache } from './cache.js';

export interface ToyOptions {
  readonly slots: number;
  readonly contextLength: number;
  /** Duration of one forward pass. */
  readonly stepMs: number;
  /** Tokens kept of sessions that are over; 0 to have no caches at all. */
  readonly cacheTokens: number;
  readonly onCacheChange?: ((change: CacheChange) => void) | undefined;
}

export interface ToyEngine extends Engine {
  /** Forward passes so far. */
  steps(): number;
  /** What sessions were opened for, in turn. */
  kinds(): readonly (DraftKind | undefined)[];
}

export const toyVocabulary = 16;

/** The token that follows these. */
export function toyNext(tokens: readonly TokenId[]): TokenId {
  return (tokens.reduce((sum, token) => sum * 5 + token + 1, 7) % 100_003) % toyVocabulary;
}

const defaults: ToyOptions = { slots: 2, contextLength: 64, stepMs: 0, cacheTokens: 0 };

export function createToyEngine(options: Partial<ToyOptions> = {}): ToyEngine {
  const { slots, contextLength, stepMs, cacheTokens, onCacheChange }: ToyOptions = { ...defaults, ...options };
  const sessions = new Map<string, { fence: bigint; tokens: TokenId[] }>();
  const kinds: (DraftKind | undefined)[] = [];
  const cache = cacheTokens > 0 ? createToyCache(cacheTokens, onCacheChange) : undefined;
  let steps = 0;

  const step = async (): Promise<void> => {
    steps++;
    if (stepMs > 0) await sleep(stepMs);
  };
  const session = ({ sessionId, fence }: SessionKey): { fence: bigint; tokens: TokenId[] } => {
    const found = sessions.get(sessionId);
    if (!found) throw new EngineError('unknown_session', `session ${sessionId} has no slot`);
    if (fence < found.fence) throw new EngineError('stale_fence', `fence ${fence} is older than ${found.fence}`);
    return found;
  };
  const append = (request: PrefillRequest): TokenId[] => {
    const found = session(request);
    if (request.keepLength > found.tokens.length) {
      throw new EngineError('invalid_argument', 'is more than the cache holds', 'keepLength');
    }
    if (request.keepLength + request.tokens.length > contextLength) {
      throw new EngineError('context_full', `the context holds ${contextLength} tokens`);
    }
    found.tokens = [...found.tokens.slice(0, request.keepLength), ...request.tokens];
    return found.tokens;
  };

  return {
    steps: () => steps,
    kinds: () => kinds,
    info: () => ({
      vocabularySize: toyVocabulary,
      contextLength,
      endTokenIds: [0],
      slots,
      slotsInUse: sessions.size,
      ...(cache && { cachedTokens: cache.size() }),
    }),
    async open({ sessionId, fence, draftKind, tokens }) {
      const found = sessions.get(sessionId);
      if (!found && sessions.size === slots) throw new EngineError('slots_exhausted', `all ${slots} slots are taken`);
      if (found && fence < found.fence) throw new EngineError('stale_fence', `fence ${found.fence} is in force`);
      const held = tokens ? (cache?.find(tokens) ?? []) : (found?.tokens ?? []);
      sessions.set(sessionId, { fence, tokens: [...held] });
      kinds.push(draftKind);
      return { cachedLength: held.length };
    },
    async prefill(request, signal) {
      const { length } = append(request);
      await step();
      if (signal?.aborted) throw new EngineError('aborted', 'prefill was aborted');
      return { kvLength: length, computeMs: stepMs };
    },
    async draftBlock(request, signal) {
      const tokens = append(request);
      const drafted: DraftedToken[] = [];
      let stopReason: DraftStopReason = 'max_tokens';
      while (drafted.length < request.limits.maxTokens) {
        if (signal?.aborted) stopReason = 'cancelled';
        else if (tokens.length + drafted.length >= contextLength) stopReason = 'context';
        if (stopReason !== 'max_tokens') break;
        await step();
        const id = toyNext([...tokens, ...drafted.map((token) => token.id)]);
        drafted.push({ id, entropy: 0.5, topProbability: 1, candidates: { ids: [id], probabilities: [1] } });
      }
      tokens.push(...drafted.slice(0, -1).map((token) => token.id));
      return {
        tokens: drafted,
        stopReason,
        kvLength: tokens.length,
        computeMs: drafted.length * stepMs,
        passes: drafted.length,
      };
    },
    async scoreBlocks(requests, signal) {
      const blocks = requests.map((request) => {
        const draft = request.draft.map((token) => token.id);
        const held = append({ ...request, tokens: [...request.tokens, ...draft] });
        const first = held.length - draft.length;
        const next = Array.from({ length: draft.length + 1 }, (_, i) => toyNext(held.slice(0, first + i)));
        return { next, kvLength: held.length };
      });
      await step();
      if (signal?.aborted) throw new EngineError('aborted', 'scoring was aborted');
      return blocks.map(({ next, kvLength }) => ({
        positions: next.map((id) => ({ ids: [id], probabilities: [0.75], tailProbability: 0.25 })),
        kvLength,
        queueMs: 0,
        computeMs: stepMs,
        batchSize: requests.length,
      }));
    },
    async drawFromTail(key, index) {
      const { tokens } = session(key);
      return { token: (toyNext(tokens.slice(0, index + 1)) + 1) % toyVocabulary };
    },
    async close({ sessionId, fence }) {
      const found = sessions.get(sessionId);
      if (!found || fence < found.fence) return;
      sessions.delete(sessionId);
      cache?.keep(found.tokens);
    },
    async dispose() {
      sessions.clear();
    },
  };
}
