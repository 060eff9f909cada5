/**
 * Shannon entropy in nats, `H(w) = -sum (w/S) ln (w/S)` with `S = sum w` and `0 ln 0 = 0`.
 *
 * Weights need not sum to 1 (float32 probabilities seldom do exactly); they must be finite and >= 0.
 * The result is in [0, ln n]; no weights, or only zeros, have none: 0.
 */
export function entropy(weights: ArrayLike<number>): number {
  let total = 0;
  let weightedLogs = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight > 0) {
      total += weight;
      weightedLogs += weight * Math.log(weight);
    }
  }
  return total > 0 ? Math.max(0, Math.log(total) - weightedLogs / total) : 0;
}
