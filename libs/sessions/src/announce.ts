import { StoreError } from './error.js';
import type { ReplicaRecord, ReplicaRegistry } from './registry.js';

export interface AnnounceOptions {
  /** Between heartbeats. */
  readonly everyMs: number;
  /** How long a heartbeat counts; several times `everyMs`, so that a lost one does no harm. */
  readonly ttlMs: number;
  /**
   * The registry did not know the replica, or may have forgotten it meanwhile: whatever else the replica says of itself
   * in the store is to be said again.
   */
  readonly onNew?: () => void;
  /** A heartbeat that failed. The next one comes in its time. */
  readonly onError?: (error: StoreError) => void;
}

/** Heartbeats that go on in the background. */
export interface Announcer {
  /** Sends a heartbeat now rather than in its time: something has changed that others should know. */
  refresh(): void;
  /** Ends the heartbeats and withdraws the replica. A store that cannot be asked forgets it in time. */
  stop(): Promise<void>;
}

/**
 * Announces a replica at once, and again and again; one heartbeat at a time. `describe` is asked before each. Only
 * StoreErrors are survived: anything else that `describe` or a callback throws is a bug.
 */
export function keepAnnounced(
  registry: ReplicaRegistry,
  describe: () => ReplicaRecord,
  { everyMs, ttlMs, onNew, onError }: AnnounceOptions,
): Announcer {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  /** A heartbeat was lost, perhaps because the store was; an answer `new` may have been lost with it. */
  let doubtful = false;
  let last: ReplicaRecord | undefined;

  const beat = async (): Promise<void> => {
    const record = describe();
    last = record;
    try {
      const answer = await registry.announce(record, ttlMs);
      const news = answer === 'new' || doubtful;
      doubtful = false;
      if (news && !stopped) onNew?.();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      doubtful = true;
      onError?.(error);
    }
  };
  const run = async (): Promise<void> => {
    clearTimeout(timer);
    do {
      again = false;
      await beat();
    } while (again && !stopped);
    running = undefined;
    if (stopped) return;
    timer = setTimeout(start, everyMs);
    timer.unref();
  };
  const start = (): void => void (running = run());
  start();

  return {
    refresh() {
      if (stopped) return;
      if (running) again = true;
      else start();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      await running;
      if (!last) return;
      try {
        await registry.withdraw(last.role, last.status.id);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
    },
  };
}
