import { setTimeout as sleep } from 'node:timers/promises';
import { type ModelInfo, OutriderError } from '@outrider/contracts';
import type { ReplicaRegistry, ReplicaRole } from '@outrider/sessions';
import { type Logger, logFields } from '@outrider/telemetry';
import { discover } from './discovery.js';
import { largestGroup } from './fingerprint-group.js';
import { type ConnectedReplica, type ReplicaLink, type ReplicaLinkOptions, createReplicaLink } from './replica-link.js';
import { type ReplicaSource, describeReplicaSource } from './replica-source.js';
import type { StoreWatch } from './store-watch.js';

/** The replicas of one role, which come and go. All that it gives out serve the same model. */
export interface ReplicaPool {
  /** Those that are connected, in the order they were found. */
  members(): readonly ConnectedReplica[];
  /** The same, after an attempt to reach one where there is none. Rejects with why there is none. */
  acquire(): Promise<readonly ConnectedReplica[]>;
  /** Says that calls to this replica fail. */
  lost(replica: ConnectedReplica): void;
  close(): void;
}

export interface ReplicaPoolOptions {
  readonly source: ReplicaSource;
  readonly role: Exclude<ReplicaRole, 'orchestrator'>;
  readonly registry: ReplicaRegistry;
  readonly store: StoreWatch;
  readonly identify: ReplicaLinkOptions['identify'];
  /** Throws when such a model cannot be used. */
  check(model: ModelInfo): void;
  readonly log: Logger;
}

/** Replicas that come together answer one after another: which model most of them have is clear a little later. */
const settleMs = 1000;

/** Who asks before any replica was found waits so long for the first. */
const firstFound = { patienceMs: 2000, pollMs: 50 };

/** Keeps a link to every address that is found; a link goes when its address is no longer found and leads nowhere. */
export function createReplicaPool(options: ReplicaPoolOptions): ReplicaPool {
  const { check, identify, log, registry, role, source, store } = options;
  const peer = `the ${role}`;
  const links = new Map<string, ReplicaLink>();
  let found: ReadonlySet<string> = new Set();
  const told = new Set<string>();
  let telling: NodeJS.Timeout | undefined;
  let closed = false;

  const remove = (link: ReplicaLink): void => {
    links.delete(link.address);
    link.close();
  };
  const members = (): readonly ConnectedReplica[] => {
    const connected = [...links.values()].flatMap((link) => link.current() ?? []);
    // One process may be found under several addresses.
    const distinct = [...new Map(connected.map((replica) => [replica.id, replica])).values()];
    return largestGroup(distinct, ({ model }) => model.fingerprint);
  };
  const tellSetAside = (): void => {
    const [chosen] = members();
    for (const link of links.values()) {
      const replica = link.current();
      if (!chosen || !replica || replica.model.fingerprint === chosen.model.fingerprint || told.has(replica.id))
        continue;
      told.add(replica.id);
      const fields = { [logFields.address]: link.address, [logFields.model]: replica.model.name };
      log.warn(fields, `${peer} serves another model than most and is set aside`);
    }
  };
  const open = (address: string): void => {
    const link = createReplicaLink({
      address,
      peer,
      identify,
      check,
      onChange(change) {
        const fields = { [logFields.address]: address };
        if ('error' in change) {
          const { code } = change.error;
          log.info({ ...fields, [logFields.errorCode]: code, err: change.error }, `no way to ${peer}`);
        } else if (found.has(address)) {
          log.info({ ...fields, [logFields.model]: change.replica.model.name }, `${peer} is connected`);
          clearTimeout(telling);
          telling = setTimeout(tellSetAside, settleMs).unref();
        } else remove(link);
      },
    });
    links.set(address, link);
  };
  const discovery = discover({
    source,
    role,
    registry,
    store,
    onAddresses(addresses) {
      found = new Set(addresses);
      for (const address of addresses) if (!links.has(address)) open(address);
      // Who no longer says that it is there, but answers, is kept: what is found is a hint.
      for (const link of [...links.values()]) if (!found.has(link.address) && !link.current()) remove(link);
    },
  });

  return {
    members,
    async acquire() {
      if (members().length > 0) return members();
      await discovery.first;
      const until = performance.now() + firstFound.patienceMs;
      while (links.size === 0 && !closed && performance.now() < until) await sleep(firstFound.pollMs);
      const attempts = [...links.values()].map((link) => link.acquire());
      if (attempts.length === 0) {
        throw new OutriderError('unavailable', `no replica of ${peer} is known (${describeReplicaSource(source)})`);
      }
      try {
        await Promise.any(attempts);
      } catch (error) {
        throw error instanceof AggregateError ? error.errors[0] : error;
      }
      if (members().length === 0) throw new OutriderError('unavailable', `${peer} is gone again`);
      return members();
    },
    lost(replica) {
      for (const link of links.values()) link.lost(replica);
    },
    close() {
      closed = true;
      clearTimeout(telling);
      discovery.stop();
      for (const link of [...links.values()]) remove(link);
    },
  };
}
