/** The engines as their users see them: slots for several sessions, over one loaded model or without one. */
import type {
  AcceptanceMode,
  BlockScores,
  ConstraintSpec,
  DraftBlock,
  DraftKind,
  DraftLimits,
  Sampling,
  TokenId,
} from '@outrider/speculation';

export interface EngineOptions {
  /** Model folder made by @outrider/models (graph.onnx, weights, model.json). */
  readonly modelDirectory: string;
  /** Sessions held at a time. */
  readonly slots: number;
  /** Threads of one forward pass. */
  readonly threads: number;
  /** Longest session in tokens; at most, and by default, the model's own context length. */
  readonly contextLength?: number;
  /**
   * Where passes run. `worker`, the default: in a thread of the engine's own, so that the caller never waits for a
   * pass, which is best for many sessions. `caller`: in the thread that calls, which is blocked for each pass and
   * spared two wake-ups a call, which is quickest for one session.
   */
  readonly thread?: 'worker' | 'caller';
  /** Candidates a distribution is truncated to on the draft side, or sent with on the target side. */
  readonly maxCandidates: number;
  /** Sessions whose blocks share a pass, at most; 16 by default. */
  readonly batchSessions?: number;
  /** Tokens of the blocks that share a pass, at most; 128 by default. A block that is longer has a pass of its own. */
  readonly batchTokens?: number;
  /**
   * Tokens that are kept in caches when the sessions that made them are over, for those that begin alike; 0 by default.
   * The least recently used go first.
   */
  readonly cacheTokens?: number;
  /** Told what the kept caches hold, as links of {@link prefixChain}, whenever it changes. */
  readonly onCacheChange?: (change: CacheChange) => void;
}

/** Prefixes of texts, by their names in prefixChain of @outrider/contracts. */
export interface CacheChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface NgramEngineOptions {
  readonly vocabularySize: number;
  /** Longest session in tokens. */
  readonly contextLength: number;
  readonly endTokenIds: readonly TokenId[];
  /** Sessions held at a time. */
  readonly slots: number;
  /** Candidates a distribution is truncated to. */
  readonly maxCandidates: number;
  /** Model folder whose tokenizer constraints are compiled over; without it they are refused. */
  readonly modelDirectory?: string;
}

export interface EngineInfo {
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly endTokenIds: readonly TokenId[];
  readonly slots: number;
  readonly slotsInUse: number;
  /** Tokens in kept caches; absent where none are kept. */
  readonly cachedTokens?: number;
  /** A pass over tokens on both sides of a multiple of this is two passes; absent where there is no such border. */
  readonly blockTokens?: number;
}

/** Names a session towards the engine. An older fence than the engine has seen is refused. */
export interface SessionKey {
  readonly sessionId: string;
  readonly fence: bigint;
}

export interface BlockRequest extends SessionKey {
  /** Tokens held that are still right; the engine rolls back to it. More than it holds is an error. */
  readonly keepLength: number;
  /** Tokens to append, at least one. */
  readonly tokens: readonly TokenId[];
  readonly sampling: Sampling;
  /** So many of the session's first tokens are the prompt; 0 by default. Penalties look at what follows. */
  readonly promptTokens?: number;
  /** How the draft draws; rejection by default. */
  readonly acceptance?: AcceptanceMode;
}

export interface DraftBlockRequest extends BlockRequest {
  readonly limits: DraftLimits;
}

export interface ScoreBlockRequest extends BlockRequest {
  /** Drafted tokens that follow `tokens`; may be empty. */
  readonly draft: readonly { readonly id: TokenId; readonly candidateIds: readonly TokenId[] }[];
  /** Log-probabilities are wanted, of the candidates and of so many most probable tokens. */
  readonly logprobs?: number | undefined;
}

export interface TailDraw {
  readonly token: TokenId;
  /** When the block asked for log-probabilities. */
  readonly logprob?: number;
}

export interface PrefillRequest extends SessionKey {
  readonly keepLength: number;
  readonly tokens: readonly TokenId[];
}

export interface PrefillResult {
  readonly kvLength: number;
  readonly computeMs: number;
}

export interface OpenRequest extends SessionKey {
  /** What the session's text must match; compiled now, so that it is refused before anything is generated. */
  readonly constraint?: ConstraintSpec | undefined;
  /** What the session is drafted for with; by default by the model, or without one by n-grams. */
  readonly draftKind?: DraftKind | undefined;
  /** What is about to be prefilled: its cached prefix, of whichever session, becomes the session's. */
  readonly tokens?: readonly TokenId[] | undefined;
}

/** An engine that proposes tokens. */
export interface DraftEngine {
  info(): EngineInfo;
  /**
   * Claims a slot, or takes over the session's own, and brings what is cached of `tokens` into it. Answers how many of
   * them it holds then. Errors: slots_exhausted, stale_fence; invalid_argument for a constraint that cannot be kept,
   * and for a kind of draft that the engine has not.
   */
  open(request: OpenRequest): Promise<{ readonly cachedLength: number }>;
  /** Appends tokens in chunks; other sessions' blocks run between chunks. Answers the tokens held. */
  prefill(request: PrefillRequest, signal?: AbortSignal): Promise<PrefillResult>;
  /** Drafts until a limit holds; aborting ends the block after the running step with reason `cancelled`. */
  draftBlock(request: DraftBlockRequest, signal?: AbortSignal): Promise<DraftBlock>;
  /** Frees the slot, at once: calls of the session that wait are refused. What it held may be kept for others. Closing an unknown session or with an older fence does nothing. */
  close(key: SessionKey): Promise<void>;
  /** Ends after the running pass and frees everything; pending calls reject with `disposed`. */
  dispose(): Promise<void>;
}

/** An engine over a model, which scores too. */
export interface Engine extends DraftEngine {
  /** Scores the blocks of several sessions in one forward pass, those of other calls among them; answers in order. */
  scoreBlocks(requests: readonly ScoreBlockRequest[], signal?: AbortSignal): Promise<BlockScores[]>;
  /** Draws outside the candidates of one position of the session's last scored block. */
  drawFromTail(key: SessionKey, index: number): Promise<TailDraw>;
}

export type EngineErrorCode =
  | 'slots_exhausted'
  | 'stale_fence'
  | 'unknown_session'
  | 'invalid_argument'
  | 'context_full'
  | 'aborted'
  | 'disposed'
  | 'internal';

/** The one error an engine call rejects with. `field` names the argument at fault, when one is. */
export class EngineError extends Error {
  constructor(
    readonly code: EngineErrorCode,
    message: string,
    readonly field?: string,
  ) {
    super(message);
    this.name = 'EngineError';
  }
}
