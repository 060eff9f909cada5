import { SpeculationError } from './error.js';
import type { DraftPolicy } from './policy.js';
import type { Chooser, KeyedRandom } from './random.js';
import type { BlockScores, CachePosition, DraftBlock, DraftLimits, DraftStopReason, Drafter } from './types.js';
import type { EmittedToken, Scorer, TokenId } from './types.js';

/** What a generation runs on. */
export interface DecodeOptions {
  /** Committed tokens to continue, at least one. */
  readonly prompt: readonly TokenId[];
  /** A policy of this generation's own. */
  readonly policy: DraftPolicy;
  /** Undefined: the target alone. */
  readonly drafter?: Drafter | undefined;
  readonly scorer: Scorer;
  /** `seededChooser(seed)`. */
  readonly chooser: Chooser;
  /** Set for coupled acceptance: `keyedRandom(seed)`, with the seed that the replicas draw with. */
  readonly coupled?: KeyedRandom | undefined;
  /** An emitted one is the last token. */
  readonly endTokenIds: Iterable<TokenId>;
  /** Tokens to emit at most, >= 1. */
  readonly maxTokens: number;
  /** Tokens that prompt and output may have together. */
  readonly contextLength: number;
  /**
   * Tokens of a block of the target's cache, at least 2: a pass over tokens of two blocks is two passes, so that a
   * draft ends where a block does. Absent: there are no blocks.
   */
  readonly targetBlock?: number | undefined;
  /** First tokens of the prompt that the draft's and the target's cache hold already; 0 by default. */
  readonly draftCached?: number;
  readonly targetCached?: number;
  /** A clock in milliseconds, from any start; without it events carry no timing. */
  readonly now?: () => number;
  /** Looked at between rounds; an AbortSignal fits. Stopping a running round is its ports' business. */
  readonly signal?: { readonly aborted: boolean };
}

/** Why a generation ended: an end token, the limit on tokens or context, or its signal. */
export type FinishReason = 'stop' | 'length' | 'cancelled';

/** What happened in one round. */
export interface RoundEvent {
  /** From 0. */
  readonly round: number;
  readonly emitted: readonly EmittedToken[];
  /** Tokens that were scored. */
  readonly drafted: number;
  /** Of those, the emitted ones. */
  readonly accepted: number;
  readonly stopReason: DraftStopReason;
  /** The draft's entropy in nats at each drafted token. */
  readonly entropies: readonly number[];
  /** Entropy in nats of the distribution that stopped the draft, when one did. */
  readonly stoppingEntropy?: number;
  /** AdaEDL's threshold that was in force. */
  readonly lambda?: number;
  /** What was asked of the draft, after capping to what can still be emitted. */
  readonly limits: DraftLimits;
  /** The draft's answer; undefined when it was not asked or failed. */
  readonly draft?: DraftBlock;
  readonly scores: BlockScores;
  /** First tokens of what is committed now that are right in the target's and the draft's cache. */
  readonly held: { readonly target: number; readonly draft: number };
  /** Milliseconds of this round, with a clock. */
  readonly timing?: RoundTiming;
  /** Why the draft was given up, in the round that did. */
  readonly draftError?: unknown;
  /** Set in the last round of a generation that ran to its end. */
  readonly finishReason?: 'stop' | 'length';
}

export interface RoundTiming {
  /** Waiting for the draft. */
  readonly draftMs: number;
  /** Waiting for the target's scores. */
  readonly targetMs: number;
  readonly roundMs: number;
}

/** What a generation knows between rounds; rounds change it. */
export interface Generation {
  /** Prompt and emitted tokens. */
  readonly committed: TokenId[];
  /** Tokens that may still be emitted. */
  remaining: number;
  /** First committed tokens that are right in the draft's and in the target's cache. */
  draftHeld: number;
  targetHeld: number;
  /** Undefined once it failed, or from the start. */
  drafter: Drafter | undefined;
  readonly endTokenIds: ReadonlySet<TokenId>;
}

/** Checks the options and makes the state before the first round. Throws invalid_argument. */
export function startGeneration(options: DecodeOptions): Generation {
  const { prompt, maxTokens, contextLength, draftCached = 0, targetCached = 0 } = options;
  checkCount('prompt', prompt.length, 1, Infinity);
  checkCount('maxTokens', maxTokens, 1, Infinity);
  checkCount('contextLength', contextLength, 1, Infinity);
  if (options.targetBlock !== undefined) checkCount('targetBlock', options.targetBlock, 2, Infinity);
  checkCount('draftCached', draftCached, 0, prompt.length);
  checkCount('targetCached', targetCached, 0, prompt.length);
  return {
    committed: [...prompt],
    remaining: Math.max(0, Math.min(maxTokens, contextLength - prompt.length)),
    draftHeld: draftCached,
    targetHeld: targetCached,
    drafter: options.drafter,
    endTokenIds: new Set(options.endTokenIds),
  };
}

/** Where a replica that holds the first `held` committed tokens goes on: it is given at least one token. */
export function cachePosition(round: number, committed: readonly TokenId[], held: number): CachePosition {
  const keepLength = Math.min(held, committed.length - 1);
  return { round, keepLength, tokens: committed.slice(keepLength) };
}

/** How many tokens may be drafted after `committed` ones without the target's pass crossing into another block. */
export function roomInBlock(committed: number, targetBlock: number | undefined): number {
  return targetBlock === undefined ? Infinity : targetBlock - 1 - ((committed - 1) % targetBlock);
}

/**
 * Drafting one token less than may be emitted leaves room for the recovered or bonus token. `room` is what
 * {@link roomInBlock} leaves.
 */
export function capLimits(limits: DraftLimits, remaining: number, room = Infinity): DraftLimits {
  const maxTokens = Math.min(limits.maxTokens, remaining - 1, room);
  return { ...limits, maxTokens, minTokens: Math.min(limits.minTokens, maxTokens) };
}

function checkCount(field: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    const range = most === Infinity ? `at least ${least}` : `in [${least}, ${most}]`;
    throw new SpeculationError('invalid_argument', field, `must be a whole number ${range}, not ${value}`);
  }
}
