/**
 * Replicas that know the truth: each holds the tokens of its cache, and on every call compares what it would hold
 * after the roll-back with the committed sequence. They lose cache at will, as an evicting server does.
 */
import type { CachePosition, DraftBlock, DraftedToken, Drafter, Scorer, TokenId } from './types.js';

export interface Truth {
  /** Prompt and everything emitted so far. */
  readonly committed: TokenId[];
  readonly vocabularySize: number;
  /** What replicas found wrong. Kept here because decode survives whatever a draft throws. */
  readonly breaches: string[];
  /** The next number in [0, 1). */
  readonly random: () => number;
}

/** A cache that checks every position it is given. */
function checkedCache(truth: Truth, name: string, initiallyHeld: number) {
  let cache: TokenId[] = truth.committed.slice(0, initiallyHeld);
  let lastRound = -1;
  return {
    enter(at: CachePosition): void {
      if (at.round <= lastRound) truth.breaches.push(`${name}: round ${at.round} after round ${lastRound}`);
      lastRound = at.round;
      const right = commonLength(cache, truth.committed);
      const expected = Math.min(right, truth.committed.length - 1);
      if (at.keepLength !== expected) truth.breaches.push(`${name}: keeps ${at.keepLength}, could keep ${expected}`);
      cache = [...cache.slice(0, at.keepLength), ...at.tokens];
      if (cache.join() !== truth.committed.join()) truth.breaches.push(`${name}: holds ${cache.join()}`);
    },
    push(id: TokenId): void {
      cache.push(id);
    },
    /** Drops up to `atMost` tokens off the end, sometimes; answers what is left. */
    forget(atMost: number): number {
      const lost = truth.random() < 0.3 ? Math.floor(truth.random() * (atMost + 1)) : 0;
      cache = cache.slice(0, Math.max(0, cache.length - lost));
      return cache.length;
    },
  };
}

function commonLength(a: readonly TokenId[], b: readonly TokenId[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

export type DraftFault = 'rejects' | 'throws' | 'too_many' | 'not_a_candidate' | 'nan_entropy' | 'kv_length';

export interface TruthfulDrafter extends Drafter {
  /** Calls of propose. */
  readonly calls: () => number;
}

/** Drafts random tokens; from its `faultyCall`-th call on it fails in the given way. */
export function truthfulDrafter(
  truth: Truth,
  held: number,
  fault: DraftFault | undefined,
  faultyCall: number,
): TruthfulDrafter {
  const cache = checkedCache(truth, 'draft', held);
  let calls = 0;
  return {
    calls: () => calls,
    propose(at, limits) {
      const faulty = calls++ >= faultyCall ? fault : undefined;
      if (faulty === 'throws') throw new Error('draft threw');
      if (faulty === 'rejects') return Promise.reject(new Error('draft gone'));
      cache.enter(at);
      const count = faulty === 'too_many' ? limits.maxTokens + 1 : Math.floor(truth.random() * (limits.maxTokens + 1));
      const tokens = Array.from({ length: count }, () => randomToken(truth));
      // Some drafts forward their last token, most do not.
      const forwarded = truth.random() < 0.5 ? count : count - 1;
      tokens.slice(0, Math.max(0, forwarded)).forEach((token) => cache.push(token.id));
      const block: DraftBlock = { tokens, stopReason: 'cancelled', kvLength: cache.forget(6), computeMs: 0, passes: 0 };
      return Promise.resolve(faulty === undefined ? block : spoiled(block, faulty));
    },
  };
}

function spoiled(block: DraftBlock, fault: DraftFault): DraftBlock {
  if (fault === 'kv_length') return { ...block, kvLength: 1e6 };
  const last = block.tokens.at(-1);
  if (last === undefined || fault === 'too_many') return block;
  const wrong = fault === 'nan_entropy' ? { ...last, entropy: NaN } : { ...last, id: 999 };
  return { ...block, tokens: [...block.tokens.slice(0, -1), wrong] };
}

/** Scores with a flat law over the vocabulary, sometimes partly as tail. */
export function truthfulScorer(truth: Truth, held: number): Scorer {
  const cache = checkedCache(truth, 'target', held);
  return {
    async score(at, draft) {
      cache.enter(at);
      draft.forEach((token) => cache.push(token.id));
      const positions = Array.from({ length: draft.length + 1 }, (_, index) => {
        const all = Array.from({ length: truth.vocabularySize }, (_unused, id) => id);
        const known = new Set(draft[index]?.candidates.ids);
        const ids = truth.random() < 0.5 ? all : all.filter((id) => known.has(id) || id > 0);
        const share = 1 / truth.vocabularySize;
        return { ids, probabilities: ids.map(() => share), tailProbability: (all.length - ids.length) * share };
      });
      return { positions, kvLength: cache.forget(8), queueMs: 0, computeMs: 0, batchSize: 1 };
    },
    drawFromTail: () => Promise.resolve(0),
  };
}

function randomToken(truth: Truth): DraftedToken {
  const ids = Array.from({ length: truth.vocabularySize }, (_, id) => id);
  const favourite = Math.floor(truth.random() * truth.vocabularySize);
  const probabilities = ids.map((id) => (id === favourite ? 0.5 : 0.5 / (truth.vocabularySize - 1)));
  const id = truth.random() < 0.5 ? favourite : Math.floor(truth.random() * truth.vocabularySize);
  return { id, entropy: 1, topProbability: 0.5, candidates: { ids, probabilities } };
}
