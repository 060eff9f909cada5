/**
 * Penalties, biases and bans: changes of the logits that come before the temperature. Penalties hang on the tokens
 * before the position, drafted ones included, so that each position of a block has its own.
 *
 * Repetition penalty: Keskar et al., arXiv:1909.05858, section 4.1, over prompt and text, where a negative logit is
 * multiplied instead of divided, as is usual. Frequency and presence penalties look at the generated text only.
 */
import type { Candidates } from './sampling.js';
import type { LogitAdjustments, TokenId } from './types.js';

/** The tokens before a position. */
export interface TokenHistory {
  readonly tokens: readonly TokenId[];
  /** So many of them are the prompt; the rest was generated. */
  readonly promptLength: number;
}

/** Which tokens change, and how. */
export interface LogitChanges {
  /** The logit of a token after the change. */
  apply(id: TokenId, logit: number): number;
  /** The tokens whose logits may change. */
  readonly ids: Iterable<TokenId>;
}

export function logitChanges(adjustments: LogitAdjustments, { tokens, promptLength }: TokenHistory): LogitChanges {
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0, bias = [] } = adjustments;
  const biases = new Map<TokenId, number>();
  for (const { id, bias: value } of bias) biases.set(id, (biases.get(id) ?? 0) + value);
  const counts = new Map<TokenId, number>();
  for (let i = promptLength; i < tokens.length; i++) {
    counts.set(tokens[i] as TokenId, (counts.get(tokens[i] as TokenId) ?? 0) + 1);
  }
  const seen = new Set(repetitionPenalty === 1 ? [] : tokens);
  return {
    ids: new Set([
      ...seen,
      ...(frequencyPenalty === 0 && presencePenalty === 0 ? [] : counts.keys()),
      ...biases.keys(),
    ]),
    apply(id, logit) {
      let changed = logit;
      if (seen.has(id)) changed = changed > 0 ? changed / repetitionPenalty : changed * repetitionPenalty;
      const count = counts.get(id) ?? 0;
      if (count > 0) changed -= count * frequencyPenalty + presencePenalty;
      return changed + (biases.get(id) ?? 0);
    },
  };
}

/**
 * Changes logits in place. `idOf` and `rowOf` translate between token ids and places in the array; a token without a
 * place is left out. Says whether any token is left.
 */
export function adjustLogits(
  logits: Float32Array,
  changes: LogitChanges,
  rowOf: (id: TokenId) => number | undefined = (id) => id,
): boolean {
  for (const id of changes.ids) {
    const row = rowOf(id);
    if (row !== undefined && row < logits.length) logits[row] = changes.apply(id, logits[row] as number);
  }
  return logits.some((logit) => logit > -Infinity);
}

/**
 * The same for a draft's candidates, whose `logits` here are not divided by a temperature: changed, sorted again, and
 * divided. They are then a whole law of their own; undefined when none is left.
 */
export function adjustCandidates(
  ids: readonly TokenId[],
  logits: readonly number[],
  temperature: number,
  changes: LogitChanges,
): Candidates | undefined {
  const divisor = temperature === 0 ? 1 : temperature;
  const changed = ids
    .map((id, i) => ({ id, logit: changes.apply(id, logits[i] as number) / divisor }))
    .filter(({ logit }) => logit > -Infinity)
    .sort((a, b) => b.logit - a.logit || a.id - b.id);
  const largest = changed[0]?.logit;
  if (largest === undefined) return undefined;
  const logNormalizer = largest + Math.log(changed.reduce((sum, { logit }) => sum + Math.exp(logit - largest), 0));
  return {
    ids: changed.map(({ id }) => id),
    logits: changed.map(({ logit }) => logit),
    logNormalizer,
    vocabularySize: changed.length,
  };
}
