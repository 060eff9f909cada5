/**
 * The words of speculative decoding, as data. Everything here is plain: no I/O, no clock, no class.
 *
 * Token ids are non-negative integers below the model's vocabulary size. Entropies are in nats. Probabilities
 * are in [0, 1].
 */

export type TokenId = number;

/** What fixes the law a token is drawn from. */
export interface Sampling {
  /** >= 0; 0 is greedy decoding. */
  readonly temperature: number;
  /** Keep the k most probable tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set of most probable tokens whose mass reaches it, in (0, 1]; 1 keeps all. */
  readonly topP: number;
  /** Keep the tokens at least this probable, relative to the most probable one, in [0, 1]; 0 keeps all. */
  readonly minP?: number;
  /** What changes the logits before all that. */
  readonly adjustments?: LogitAdjustments;
  /** What the generated text must match as a whole. */
  readonly constraint?: ConstraintSpec;
  /** Key of the counter-based random numbers, an unsigned 64-bit integer. */
  readonly seed: bigint;
}

export type ConstraintSpec =
  | { readonly kind: 'json_schema'; readonly schema: string }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

/** Changes of the logits, in this order. What is absent changes nothing. */
export interface LogitAdjustments {
  /** > 0: the positive logits of tokens in the prompt or the text are divided by it, the others multiplied. */
  readonly repetitionPenalty?: number;
  /** Subtracted for each time a token occurs in the generated text. */
  readonly frequencyPenalty?: number;
  /** Subtracted from tokens that occur in the generated text. */
  readonly presencePenalty?: number;
  /** Added; -Infinity bans a token. */
  readonly bias?: readonly TokenBias[];
}

export interface TokenBias {
  readonly id: TokenId;
  readonly bias: number;
}

/** How drafted tokens are held against the target's law; see acceptance.ts and coupling.ts. */
export type AcceptanceMode = 'rejection' | 'coupled';

/** A distribution over a few tokens. Invariant: equal lengths, ids distinct, most probable first, sum 1. */
export interface SparseDistribution {
  readonly ids: readonly TokenId[];
  readonly probabilities: readonly number[];
}

/**
 * A distribution known at its candidates, with the rest of its mass in one number.
 * Invariant: ids distinct; sum of probabilities + tailProbability is 1 up to float rounding.
 */
export interface TargetDistribution {
  readonly ids: readonly TokenId[];
  readonly probabilities: readonly number[];
  readonly tailProbability: number;
  /** Set where nothing may follow; then there is no candidate and no tail. */
  readonly impasse?: Impasse;
  /** When asked for: ln of each id's probability under the model itself (temperature 1, nothing else applied). */
  readonly logprobs?: readonly number[];
  /** When asked for: the model's most probable tokens, descending. */
  readonly topLogprobs?: readonly TokenLogprob[];
}

/**
 * Why no token may come at a position: the request's own bans and constraint leave none. It is a fault of the request
 * only when the text gets there, which behind a drafted token it may not.
 */
export interface Impasse {
  /** The request's field, such as `sampling.logit_bias`. */
  readonly field: string;
  readonly message: string;
}

export interface TokenLogprob {
  readonly id: TokenId;
  readonly logprob: number;
}

/** What a draft service drafts with: a model, n-grams of the session's own tokens, or n-grams where they are sure. */
export type DraftKind = 'neural' | 'ngram' | 'hybrid';

/** Where a drafted token's distribution comes from: a pass of the model, or counts over the session's own tokens. */
export type DraftSource = 'neural' | 'ngram';

/** What a stopping rule may know of a token: figures of the distribution it is sampled from, not what was sampled. */
export interface DraftFigures {
  /** Shannon entropy in nats of the draft's distribution at the sampling temperature (untempered at 0). */
  readonly entropy: number;
  readonly topProbability: number;
  /** `neural` when absent. */
  readonly source?: DraftSource;
}

/** The figures of a drafted token's distribution, and the probability it was sampled with. */
export interface DraftedFigures extends DraftFigures {
  /** At temperature 0 the top probability, which is taken when absent. */
  readonly tokenProbability?: number;
}

/** One proposed token with the distribution it was sampled from (draftProbs). */
export interface DraftedToken extends DraftFigures {
  readonly id: TokenId;
  readonly candidates: SparseDistribution;
}

/** What a stopping rule asks of the next block: plain numbers, so that the draft can stop on its own side. */
export interface DraftLimits {
  /** Largest number of tokens to propose; 0 means do not draft. */
  readonly maxTokens: number;
  /** Tokens proposed whatever the next two say; see stopReasonOf. */
  readonly minTokens: number;
  /** Stop before a token whose distribution has more entropy, nats; Infinity for none. */
  readonly maxEntropy: number;
  /** Stop before a token whose best candidate is less probable; 0 for none. */
  readonly minTopProbability: number;
  /** End the block with the token whose distribution says stop, whose pass is paid for, instead of before it. */
  readonly proposeStopped: boolean;
  /** End the block with a token that was sampled with less probability; absent for none. */
  readonly minTokenProbability?: number;
  /** Stop by the chance that everything up to a place is accepted. */
  readonly survival?: SurvivalLimits;
}

/**
 * Limits on a block's survival, the product of its tokens' estimated acceptance probabilities. A list that is shorter
 * than the block goes on with its last value; an empty one sets no limit.
 */
export interface SurvivalLimits {
  /** The estimates, by source; 1 where there is none. */
  readonly predictors: Readonly<Partial<Record<DraftSource, AcceptancePredictor>>>;
  /** Better estimates of tokens that are sampled, for what follows them; the former ones when absent. */
  readonly sampled?: Readonly<Partial<Record<DraftSource, AcceptancePredictor>>>;
  /** By the number of tokens proposed so far: their survival below which the model makes no further pass. */
  readonly beforePass: readonly number[];
  /** By place in the block: the survival, the token's own estimate included, below which it is not proposed. */
  readonly toPropose: readonly number[];
}

/** A logistic estimate of a token's acceptance probability, with a hidden layer or without; see predictor.ts. */
export interface AcceptancePredictor {
  readonly bias: number;
  readonly weights: PredictorWeights;
  readonly hidden: readonly HiddenUnit[];
}

/** One weight for each input. */
export interface PredictorWeights {
  /** Of the square root of the entropy in nats. */
  readonly sqrtEntropy: number;
  /** Of ln of the top probability. */
  readonly logTopProbability: number;
  /** Of the place in the block, from 0. */
  readonly index: number;
  /** Of ln of the probability that the token was sampled with; the top one before it is. 0 when absent. */
  readonly logTokenProbability?: number;
}

export interface HiddenUnit {
  readonly output: number;
  readonly bias: number;
  readonly weights: PredictorWeights;
}

/** Why a block ended. The last two are the orchestrator's: the policy asked for none, or there was no draft. */
export type DraftStopReason =
  | 'max_tokens'
  | 'entropy'
  | 'top_probability'
  | 'survival'
  | 'token_probability'
  | 'no_match'
  | 'end_of_text'
  | 'context'
  | 'cancelled'
  | 'off'
  | 'draft_unavailable';

/** What a draft proposed in one round. */
export interface DraftBlock {
  readonly tokens: readonly DraftedToken[];
  readonly stopReason: DraftStopReason;
  /** Entropy in nats of the distribution that stopped the block and was not sampled from, when there is one. */
  readonly stoppingEntropy?: number;
  /** Tokens the draft's cache holds now. */
  readonly kvLength: number;
  readonly computeMs: number;
  /** Passes of the draft model. */
  readonly passes: number;
}

/** The target's answer for one block: targetProbs after the last committed and after each drafted token. */
export interface BlockScores {
  /** Drafted tokens + 1 distributions. */
  readonly positions: readonly TargetDistribution[];
  /** Tokens the target's cache holds now, drafted ones included. */
  readonly kvLength: number;
  readonly queueMs: number;
  readonly computeMs: number;
  /** Sessions that shared the forward pass. */
  readonly batchSize: number;
}

/** Where an emitted token comes from. */
export type TokenSource = 'accepted' | 'recovered' | 'bonus';

export interface EmittedToken {
  readonly id: TokenId;
  readonly source: TokenSource;
}

/** Common to both ports: which part of the replica's cache is right, and what was committed after it. */
export interface CachePosition {
  readonly round: number;
  /** Tokens of the replica's cache that are still right; the rest is rolled back. */
  readonly keepLength: number;
  /** Committed tokens after those, at least one. */
  readonly tokens: readonly TokenId[];
}

/** Port: something that proposes tokens. A rejected promise means the draft is unusable from now on. */
export interface Drafter {
  propose(at: CachePosition, limits: DraftLimits): Promise<DraftBlock>;
}

/** Port: something that scores a block with the target model. */
export interface Scorer {
  score(at: CachePosition, draft: readonly DraftedToken[]): Promise<BlockScores>;
  /** A token from the mass outside the candidates of one position of the round last scored. */
  drawFromTail(round: number, index: number): Promise<TokenId>;
}
