import { StoreError } from './error.js';
import type { PrefixChange, PrefixHolder, PrefixIndex } from './prefix-index.js';

export interface PublishPrefixesOptions {
  /** How long what was published is known; it is renewed three times as often. */
  readonly ttlMs: number;
  /** Names published at most; those that a full publisher is told of are left out. */
  readonly maxNames?: number;
  /** Something could not be published. All of it will be, once the store can be asked again. */
  readonly onError?: (error: StoreError) => void;
}

/** Keeps the prefix index up to date with what a replica holds, in the background. */
export interface PrefixPublisher {
  /** What a replica began and ceased to hold: names before those that need them. Returns at once. */
  change(change: PrefixChange): void;
  /** Publishes everything anew: the index may have forgotten it. */
  publishAll(): void;
  /** Ends it, and has the index forget the replica. */
  stop(): Promise<void>;
}

/** Names sent at a time. */
const batchSize = 4096;

export function createPrefixPublisher(
  prefixes: PrefixIndex,
  holder: PrefixHolder,
  { ttlMs, maxNames = 65_536, onError }: PublishPrefixesOptions,
): PrefixPublisher {
  /** All that the replica holds, in the order in which it came. */
  const held = new Set<string>();
  /** What the index does not know yet: whether each of these names is held. */
  let pending = new Map<string, boolean>();
  /** The index may hold anything; it is to be told everything. */
  let unknown = true;
  /** The store could not be asked: left alone until the next renewal, changes notwithstanding. */
  let failing = false;
  let stopped = false;
  let running: Promise<void> | undefined;

  const note = (name: string, isHeld: boolean): void => {
    if (unknown) return;
    pending.set(name, isHeld);
    if (pending.size > maxNames) forgetPending();
  };
  const forgetPending = (): void => {
    unknown = true;
    pending = new Map();
  };
  const send = async (): Promise<void> => {
    const everything = unknown;
    const added = everything ? [...held] : [...pending.keys()].filter((name) => pending.get(name));
    const removed = everything ? [] : [...pending.keys()].filter((name) => !pending.get(name));
    unknown = false;
    pending = new Map();
    try {
      if (everything) await prefixes.forget(holder);
      for (let start = 0; start === 0 || start < Math.max(added.length, removed.length); start += batchSize) {
        const end = start + batchSize;
        await prefixes.update(holder, { added: added.slice(start, end), removed: removed.slice(start, end) }, ttlMs);
      }
    } catch (error) {
      forgetPending();
      throw error;
    }
  };
  const run = async (): Promise<void> => {
    try {
      do await send();
      while ((pending.size > 0 || unknown) && !stopped);
      failing = false;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failing = true;
      onError?.(error);
    } finally {
      running = undefined;
    }
  };
  const start = (): void => {
    if (!stopped) running ??= run();
  };
  const timer = setInterval(start, ttlMs / 3);
  timer.unref();

  return {
    change({ added, removed }) {
      if (stopped) return;
      for (const name of removed) if (held.delete(name)) note(name, false);
      for (const name of added) {
        if (held.has(name) || held.size >= maxNames) continue;
        held.add(name);
        note(name, true);
      }
      if (!failing) start();
    },
    publishAll() {
      forgetPending();
      start();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      await running;
      try {
        await prefixes.forget(holder);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
    },
  };
}
