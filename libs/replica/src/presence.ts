import type { CacheChange } from '@outrider/inference';
import {
  type RedisConfig,
  type ReplicaRecord,
  type SharedState,
  type StoreError,
  createPrefixPublisher,
  keepAnnounced,
  openSharedState,
} from '@outrider/sessions';
import { type Logger, logFields } from '@outrider/telemetry';

/** What a replica tells others of itself through the state they share. It serves just as well when they cannot know. */
export interface Presence {
  /** Tells what the replica's caches hold. Returns at once, and may be called before `announce`. */
  cacheChanged(change: CacheChange): void;
  /** Begins to tell that the replica is there, with what `describe` answers each time. */
  announce(describe: () => ReplicaRecord): void;
  /** Tells it now: something has changed. */
  refresh(): void;
  /** Withdraws the replica and what its caches hold, and leaves the shared state. */
  withdraw(): Promise<void>;
}

/** A heartbeat every second counts for five, so that a slow one does no harm and a dead replica is soon forgotten. */
const heartbeat = { everyMs: 1000, ttlMs: 5000 };

/** Renewed three times as often; of a replica that died the names are of no use, since nobody routes to it. */
const prefixTtlMs = 30_000;

export interface PresenceOptions {
  readonly config: RedisConfig;
  /** Id of the replica. */
  readonly id: string;
  /** Of its model. */
  readonly fingerprint: string;
  readonly log: Logger;
}

/**
 * Joins the state that the settings name; undefined when they name none: nobody shares anything then.
 * Errors: StoreError invalid_options.
 */
export async function openPresence({ config, id, fingerprint, log }: PresenceOptions): Promise<Presence | undefined> {
  if (config.redisUrl === undefined) return undefined;
  const onAvailability = (available: boolean, error?: StoreError): void => {
    if (available) log.info('the shared state is back');
    else log.warn({ [logFields.errorCode]: error?.code, err: error }, 'the shared state is gone');
  };
  // A replica keeps no sessions in the store: how long they are remembered is the orchestrators' affair.
  const state = await openSharedState(config, { idleMs: heartbeat.ttlMs, maxIdle: 0, onAvailability });
  return createPresence(state, { id, fingerprint, log });
}

/** As `openPresence`, in a state that is open; it is closed with the withdrawal. */
export function createPresence(
  state: SharedState,
  { id, fingerprint, log }: Omit<PresenceOptions, 'config'>,
): Presence {
  const onError = logRefusals(log);
  const holder = { replica: id, fingerprint };
  const prefixes = createPrefixPublisher(state.prefixes, holder, { ttlMs: prefixTtlMs, onError });
  let announcer: ReturnType<typeof keepAnnounced> | undefined;
  return {
    cacheChanged: (change) => prefixes.change(change),
    announce(describe) {
      const onNew = (): void => prefixes.publishAll();
      announcer ??= keepAnnounced(state.replicas, describe, { ...heartbeat, onNew, onError });
    },
    refresh: () => announcer?.refresh(),
    async withdraw() {
      await Promise.all([announcer?.stop(), prefixes.stop()]);
      await state.close();
    },
  };
}

/** A store that is gone is logged as such once. One that refuses is there, and says why: each reason is logged once. */
function logRefusals(log: Logger): (error: StoreError) => void {
  const known = new Set<string>();
  return (error) => {
    if (error.code === 'unavailable' || known.has(error.message) || known.size >= mostReasons) return;
    known.add(error.message);
    log.warn({ [logFields.errorCode]: error.code, err: error }, 'the shared state refuses what the replica says');
  };
}

const mostReasons = 16;
