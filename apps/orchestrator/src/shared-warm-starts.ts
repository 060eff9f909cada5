import type { WarmStartStore } from '@outrider/sessions';
import type { StoreWatch } from './store-watch.js';
import type { WarmStarts } from './warm-starts.js';

/** What policies have learned here, and behind it what they have learned anywhere. */
export interface SharedWarmStarts {
  /** What this process knows. */
  recall(key: string): unknown;
  /** What the store knows; undefined also when it cannot be asked. */
  ask(key: string): Promise<unknown>;
  /** Keeps it here now and in the store in the background. */
  keep(key: string, state: unknown): void;
}

/** One write at a time; of each key only the latest state waits, and no more keys than are remembered here. */
export function shareWarmStarts(own: WarmStarts, shared: WarmStartStore, store: StoreWatch): SharedWarmStarts {
  const waiting = new Set<string>();
  let writing = false;
  const write = async (): Promise<void> => {
    writing = true;
    for (const key of waiting) {
      waiting.delete(key);
      const state = own.find(key);
      if (state !== undefined) await store.ask(() => shared.keep(key, state), undefined);
    }
    writing = false;
  };
  return {
    recall: own.find,
    async ask(key) {
      const state = await store.ask(() => shared.find(key), undefined);
      if (state !== undefined && own.find(key) === undefined) own.keep(key, state);
      return state;
    },
    keep(key, state) {
      own.keep(key, state);
      waiting.add(key);
      if (!writing) void write();
    },
  };
}
