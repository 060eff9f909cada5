/** Drafting: look at the distribution of the next token, stop or sample, and again. The same for every kind of draft. */
import {
  type DraftBlock,
  type DraftStopReason,
  type DraftedToken,
  type TokenId,
  blockRule,
  drawToken,
  keyedRandom,
  race,
} from '@outrider/speculation';
import type { Look } from './look.js';
import type { DraftBlockRequest } from './port.js';

/** Of a pass that was not made, since nobody waits for the block any more. */
export const PASSLESS = Symbol('no pass');
export type Passless = typeof PASSLESS;

/** What a block is drafted from, behind the request's tokens. One of the two ways to look is there at least. */
export interface DraftSources<Wanted, Given> {
  /** Tokens before the next one, drafted ones included. */
  position(): number;
  /** Looks the next token up, which costs next to nothing; undefined where that says nothing worth proposing. */
  readonly lookUp?: (() => Look | undefined) | undefined;
  /** Makes a pass of the model; undefined when it has nothing that may be proposed. */
  readonly pass?: (() => Generator<Wanted, Look | Passless | undefined, Given>) | undefined;
  /** Milliseconds waited for passes so far. */
  waitedMs?(): number;
  /** Goes on behind a proposed token. */
  push(id: TokenId): void;
  /** Tokens that need not be given again. */
  held(): number;
}

export interface DraftBounds {
  /** Longest session in tokens. */
  readonly contextLength: number;
  readonly endTokenIds: readonly TokenId[];
}

/**
 * Drafts until a limit holds; `isAborted` is asked between steps. What a pass wants is yielded, and what it is given
 * comes back.
 *
 * Where there are both ways to look, a token is looked up first, and asked of the model where that finds nothing or the
 * limits would stop at it. Which of the two proposes so depends on the tokens before alone, as each token's
 * distribution must.
 */
export function* draftFrom<Wanted = never, Given = unknown>(
  sources: DraftSources<Wanted, Given>,
  { acceptance, limits, sampling }: DraftBlockRequest,
  { contextLength, endTokenIds }: DraftBounds,
  isAborted: () => boolean,
): Generator<Wanted, DraftBlock, Given> {
  const { lookUp, pass } = sources;
  const random = keyedRandom(sampling.seed);
  const started = performance.now();
  const drafted: DraftedToken[] = [];
  let passes = 0;
  const end = (stopReason: DraftStopReason, stoppingEntropy?: number): DraftBlock => ({
    tokens: drafted,
    stopReason,
    ...(stoppingEntropy === undefined ? {} : { stoppingEntropy }),
    kvLength: sources.held(),
    computeMs: performance.now() - started - (sources.waitedMs?.() ?? 0),
    passes,
  });

  const rule = blockRule(limits);
  for (;;) {
    const position = sources.position();
    if (drafted.length >= limits.maxTokens) return end('max_tokens');
    if (isAborted()) return end('cancelled');
    if (position >= contextLength) return end('context');
    let look = lookUp?.();
    let stopping = look && rule.at(look);
    if (pass !== undefined && (look === undefined || stopping !== undefined)) {
      const unlikely = rule.beforePass();
      if (unlikely !== undefined) return end(unlikely);
      const seen = yield* pass();
      if (seen === PASSLESS) return end('cancelled');
      passes++;
      look = seen;
      if (look === undefined) return end('top_probability');
      stopping = rule.at(look);
    }
    if (look === undefined) return end('no_match');
    const { source, entropy, topProbability } = look;
    if (stopping?.proposes === false) return end(stopping.reason, entropy);
    const candidates = look.law();
    const id =
      acceptance === 'coupled'
        ? (candidates.ids[race(candidates, 0, position, random)] as TokenId)
        : drawToken(candidates, random.uniform(position, 'draft', drafted.length));
    const token: DraftedToken = { id, source, entropy, topProbability, candidates };
    drafted.push(token);
    sources.push(id);
    const ending = rule.after(token);
    if (endTokenIds.includes(id)) return end('end_of_text');
    const reason = stopping?.reason ?? ending;
    if (reason !== undefined) return end(reason);
  }
}
