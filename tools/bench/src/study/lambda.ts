/** How AdaEDL's threshold moves over a generation. */
import type { RoundWatch } from './replayed.js';

/** Means over fewer generations than this would jump about. */
const FEWEST = 3;

export interface LambdaMeans {
  readonly watch: RoundWatch;
  /** By round, as far as there are enough generations. */
  of(policy: string): number[];
}

export function lambdaMeans(): LambdaMeans {
  const sums = new Map<string, { total: number; count: number }[]>();
  return {
    watch(policy, _, { lambda }, index) {
      if (lambda === undefined) return;
      const rounds = sums.get(policy) ?? [];
      sums.set(policy, rounds);
      const at = (rounds[index] ??= { total: 0, count: 0 });
      at.total += lambda;
      at.count++;
    },
    of: (policy) =>
      (sums.get(policy) ?? []).filter(({ count }) => count >= FEWEST).map(({ total, count }) => total / count),
  };
}
