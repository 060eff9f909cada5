export * from './types.js';
export { type AdaEdlParameters, type AdaEdlState, type RoundCounts, type ThresholdParameters } from './adaedl.js';
export { acceptanceLowerBound, entropyLimit, updateAdaEdl } from './adaedl.js';
export { type LogitChanges, type TokenHistory, adjustCandidates, adjustLogits, logitChanges } from './adjust.js';
export { race } from './coupling.js';
export { decode } from './decode.js';
export { drawFromTailOfLogits, drawToken, drawTokenOutside } from './draw.js';
export { entropy } from './entropy.js';
export { SpeculationError, type SpeculationErrorCode } from './error.js';
export {
  type DecodeOptions,
  type FinishReason,
  type RoundEvent,
  type RoundTiming,
  capLimits,
  roomInBlock,
} from './generation.js';
export { ADAEDL_DEFAULTS, type AdaEdlOptions, adaedl } from './policies/adaedl.js';
export { type DraftAndVerifyOptions, draftAndVerify } from './policies/draft-and-verify.js';
export { type HeuristicOptions, heuristic } from './policies/heuristic.js';
export { type LearnedOptions, learned } from './policies/learned.js';
export { type LearnedInputWeights, type LearnedPredictor, type LearnedWeights } from './policies/learned-weights.js';
export { type RecentAcceptanceOptions, foldRecentAcceptance, readLearnedWeights } from './policies/learned-weights.js';
export { updateRecentAcceptance } from './policies/learned-weights.js';
export { type MaxConfidenceOptions, maxConfidence } from './policies/max-confidence.js';
export { type PaceOptions, pace } from './policies/pace/pace.js';
export { off, staticLength } from './policies/static.js';
export { type SvipOptions, svip } from './policies/svip.js';
export { type DraftPolicy, LARGEST_DRAFT_LENGTH, type RoundCost, type RoundOutcome } from './policy.js';
export { POLICY_NAMES, type PolicyContext, type PolicySpec } from './policy-spec.js';
export { createPolicy, parsePolicy, policyName } from './policy-spec.js';
export { type Chooser, type KeyedRandom, type RandomPurpose, keyedRandom, seededChooser } from './random.js';
export { type Candidates, candidatesOf, draftDistribution, distributionFromLogits, includeTokens } from './sampling.js';
export { targetDistribution, withTail } from './sampling.js';
export { MOST_HIDDEN_UNITS, predictAcceptance } from './predictor.js';
export { type BlockRule, type Stopping, blockRule, figuresOf, tokenProbability } from './stopping.js';
