import { randomUUID } from 'node:crypto';
import type { Config, redisSettings, replicaSettings } from '@outrider/config';
import type { DraftEngine } from '@outrider/inference';
import { type RunningServer, type Service, type StartedService, startServer } from '@outrider/rpc';
import type { ReplicaRole } from '@outrider/sessions';
import { type Logger, logFields } from '@outrider/telemetry';
import type { CacheOptions } from './engine-options.js';
import { type Presence, openPresence } from './presence.js';
import { type ModelIdentity, type Replica, createReplica } from './replica.js';

export interface ServeReplicaOptions<E extends DraftEngine> {
  readonly role: ReplicaRole;
  readonly config: Config<typeof replicaSettings & typeof redisSettings>;
  readonly log: Logger;
  readonly identity: ModelIdentity;
  createEngine(caches: CacheOptions): Promise<E>;
  createService(replica: Replica<E>): Service;
}

/** Loads an engine, serves it as a replica and lets others know, where there is a state that they share. */
export async function serveReplica<E extends DraftEngine>(options: ServeReplicaOptions<E>): Promise<StartedService> {
  const { config, identity, log, role } = options;
  const { cacheTokens, queueLength, slots, streamIdleMs, threads } = config;
  const id = randomUUID();
  const presence = await openPresence({ config, id, fingerprint: identity.fingerprint, log });
  const onCacheChange = presence?.cacheChanged;
  const engine = await options.createEngine({ cacheTokens, ...(onCacheChange && { onCacheChange }) });
  const replica = createReplica({ engine, identity, id, queueLength, streamIdleMs, cacheTokens });
  const server = await startServer({
    address: config.address,
    services: [options.createService(replica)],
    onFailure: (method, error) => {
      const fields = { [logFields.method]: method, [logFields.errorCode]: error.code };
      if (error.code === 'internal') log.error({ ...fields, err: error }, 'a call failed');
      else log.debug({ ...fields, [logFields.errorField]: error.field }, 'a call was refused or cut short');
    },
  });
  const address = config.advertisedAddress ?? server.address;
  const { fingerprint, tokenizerFingerprint } = identity;
  presence?.announce(() => ({ role, address, fingerprint, tokenizerFingerprint, status: replica.status() }));
  log.info({ [logFields.address]: server.address, [logFields.model]: identity.name, slots, threads }, 'serving');
  return {
    server: { address: server.address, drain: (graceMs) => drain({ replica, server, presence }, graceMs) },
    dispose: () => engine.dispose(),
  };
}

interface Serving {
  readonly replica: Replica;
  readonly server: RunningServer;
  readonly presence: Presence | undefined;
}

/**
 * Takes no more sessions and says so, lets those that run come to their end within the grace time, and stops. Until then
 * the replica still answers how it is, so that orchestrators move their sessions away rather than lose them.
 */
async function drain({ replica, server, presence }: Serving, graceMs: number): Promise<void> {
  const until = performance.now() + graceMs;
  replica.drain();
  presence?.refresh();
  server.notServing();
  await noSessions(replica, graceMs);
  await presence?.withdraw();
  await server.drain(Math.max(0, until - performance.now()));
}

async function noSessions({ sessions }: Replica, withinMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
  await Promise.race([sessions.whenNone(), timeout]);
  clearTimeout(timer);
}
