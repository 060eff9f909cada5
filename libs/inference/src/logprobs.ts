/** Log-probabilities under the model itself, whatever the request makes of them. */
import { candidatesOf } from '@outrider/speculation';

export interface RowLogprobs {
  of(row: number): number;
  /** Head rows of the most probable tokens, descending. */
  readonly top: readonly number[];
}

/** `logits` times `scale` are the model's own, [head rows]; a copy is kept. */
export function rowLogprobs(logits: Float32Array, scale: number, count: number): RowLogprobs {
  const own = logits.slice();
  const { ids, logNormalizer } = candidatesOf(own, 1 / scale, Math.max(1, count));
  return { of: (row) => (own[row] as number) * scale - logNormalizer, top: Array.from(ids).slice(0, count) };
}
