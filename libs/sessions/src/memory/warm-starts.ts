import { WARM_START_DAYS, type WarmStartStore } from '../warm-start-store.js';

/** Warm starts remembered at most; the one kept first is forgotten first. */
const maxWarmStarts = 10_000;

/** The warm starts of this process. */
export function createMemoryWarmStarts(now: () => number): WarmStartStore {
  const kept = new Map<string, { readonly json: string; readonly until: number }>();
  return {
    async find(key) {
      const entry = kept.get(key);
      if (entry === undefined || entry.until <= now()) return undefined;
      const state: unknown = JSON.parse(entry.json);
      return state;
    },
    async keep(key, state) {
      kept.delete(key);
      kept.set(key, { json: JSON.stringify(state ?? null), until: now() + WARM_START_DAYS * 86_400_000 });
      for (const [oldest, { until }] of kept) {
        if (kept.size <= maxWarmStarts && until > now()) break;
        kept.delete(oldest);
      }
    },
  };
}
