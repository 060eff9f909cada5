/**
 * The graph's inputs and outputs: the contract between the builder and the engine that runs it.
 *
 * One call serves B sessions ("lanes") whose new tokens stand one after another in T rows; lanes may have
 * different numbers of rows. Linear layers see the rows only. For attention, index inputs put the rows of each
 * lane into a padded block and take them out again, so that raggedness costs nothing.
 *
 * A lane's past has two parts. The frozen part are whole blocks of {@link BLOCK_TOKENS} tokens, fed from the
 * engine's own buffers without a copy. The tail is the block that is being filled, its new rows included; the
 * graph puts it together from the fed tail and the new rows. So a token's key always stands at the same index of
 * the same array, whatever number of tokens shares the call, and every sum over the past runs in the same order:
 * a row's result does not depend, to the last bit, on its neighbours, on the width of the call or on the capacity.
 * That holds as long as no lane's new rows cross a block border within a call.
 *
 * Symbols: T rows, B lanes, P frozen positions fed (a multiple of BLOCK_TOKENS, unused ones masked), M padded query
 * rows per lane and key-value head (rows x heads per group, at least 2), R rows scored by the head, Q of those whose
 * whole distribution is wanted, C candidates asked for in each, K most probable tokens returned.
 */
import type { Architecture } from '../types.js';

/** Tokens of a block; a multiple of every vector width in use. */
export const BLOCK_TOKENS = 64;

export const INPUTS = {
  /** int64 [T] */
  tokens: 'tokens',
  /** int64 [1, T * heads of all kinds]: the token's position for query and key heads, 0 for value heads. */
  rotaryPositions: 'rotary_positions',
  /** int64 [B, key-value heads, M]: rows of [T * heads of all kinds, head size] */
  queryIndex: 'query_index',
  /** int64 [B, key-value heads, BLOCK_TOKENS]: rows of the new rows followed by the tails' rows */
  keyIndex: 'key_index',
  valueIndex: 'value_index',
  /** int64 [T, query heads, 4]: where each row's output stands in [1, B, key-value heads, M, head size] */
  outputIndex: 'output_index',
  /** float32 [B, 1, M, P + BLOCK_TOKENS]: 0 where attended, very negative elsewhere */
  mask: 'mask',
  /** int64 [2]: P and BLOCK_TOKENS */
  keySplit: 'key_split',
  /** int64 [R]: rows whose logits are wanted */
  scoredRows: 'scored_rows',
  /** float32 [R, 1] */
  inverseTemperature: 'inverse_temperature',
  /** int64 [Q]: which of the scored rows want their whole distribution */
  lawRows: 'law_rows',
  /** int64 [1]: K */
  lawSize: 'law_size',
  /** int64 [Q, C]: head rows whose probability is wanted */
  candidates: 'candidates',
} as const;

export const OUTPUTS = {
  /** float32 [layers, T, 2 * key-value heads * head size]: rotated keys, then values, of the new rows */
  newRows: 'new_rows',
  /** float32 [R, vocabulary], divided by the temperature; head rows, not token ids */
  logits: 'logits',
  /** float32 and int64 [R, 2] */
  bestLogits: 'best_logits',
  bestRows: 'best_rows',
  /** float32 and int64 [Q, K], descending */
  lawProbabilities: 'law_probabilities',
  lawRows: 'law_head_rows',
  /** float32 [Q, C] */
  candidateProbabilities: 'candidate_probabilities',
  /** float32 [Q, 1]: sum of probability times logit; the entropy is `bestLogit - ln(lawProbabilities[0]) - this` */
  expectedLogit: 'expected_logit',
} as const;

/** float32 [B, key-value heads, P, head size] */
export const frozenKey = (layer: number): string => `frozen_key_${layer}`;
export const frozenValue = (layer: number): string => `frozen_value_${layer}`;
/** float32 [1, B * BLOCK_TOKENS * 2 * key-value heads, head size]: by lane, token, then key heads and value heads. */
export const tail = (layer: number): string => `tail_${layer}`;

/** Query, key and value heads together: the rows that one token has in the attention's tables. */
export function headsOfAllKinds(architecture: Architecture): number {
  return architecture.heads + 2 * architecture.keyValueHeads;
}
