/** Changes of the logits before the temperature; the words are those of a sampling request. */
export interface ToyAdjustments {
  /** 1 changes nothing. */
  readonly repetitionPenalty?: number;
  /** 0 changes nothing. */
  readonly frequencyPenalty?: number;
  /** 0 changes nothing. */
  readonly presencePenalty?: number;
  /** -Infinity bans a token; what is said of one token twice adds up. */
  readonly bias?: readonly { readonly id: number; readonly bias: number }[];
}

/**
 * Logits after penalties and biases, [vocabulary], in float32 as an engine keeps them, by the textbook: token by token,
 * in this order. The repetition penalty looks at prompt and continuation, the other two at the continuation alone. An
 * oracle: written to be read, not to be fast.
 */
export function adjustedLogits(
  logits: readonly number[],
  { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0, bias = [] }: ToyAdjustments,
  prompt: readonly number[],
  continuation: readonly number[],
): number[] {
  return logits.map((logit, id) => {
    let adjusted = logit;
    if ([...prompt, ...continuation].includes(id)) {
      if (adjusted > 0) adjusted /= repetitionPenalty;
      else adjusted *= repetitionPenalty;
    }
    for (const token of continuation) if (token === id) adjusted -= frequencyPenalty;
    if (continuation.includes(id)) adjusted -= presencePenalty;
    for (const entry of bias) if (entry.id === id) adjusted += entry.bias;
    return Math.fround(adjusted);
  });
}
