import { lookup } from 'node:dns/promises';
import type { ReplicaRegistry, ReplicaRole } from '@outrider/sessions';
import type { ReplicaSource } from './replica-source.js';
import type { StoreWatch } from './store-watch.js';

/** What is found, again and again. */
export interface Discovery {
  /** Resolves when it was looked for once. */
  readonly first: Promise<void>;
  stop(): void;
}

export interface DiscoveryOptions {
  readonly source: ReplicaSource;
  readonly role: ReplicaRole;
  readonly registry: ReplicaRegistry;
  readonly store: StoreWatch;
  /** Told the addresses of the moment, `host:port`. Not when they cannot be had: what was known stays. */
  onAddresses(addresses: readonly string[]): void;
}

const dnsPauseMs = 3000;
const registryPauseMs = 1000;
/** While nothing has been found yet: services that are started together find one another one by one. */
const firstPauseMs = 100;

export function discover(options: DiscoveryOptions): Discovery {
  const { source, onAddresses } = options;
  switch (source.kind) {
    case 'static':
      onAddresses(source.addresses);
      return { first: Promise.resolve(), stop: () => undefined };
    case 'dns':
      return repeat(dnsPauseMs, onAddresses, () => resolveName(source.name, source.port));
    case 'registry':
      return repeat(registryPauseMs, onAddresses, () => listed(options));
  }
}

function repeat(
  pauseMs: number,
  onAddresses: DiscoveryOptions['onAddresses'],
  find: () => Promise<readonly string[] | undefined>,
): Discovery {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** Something was found, at any time. */
  let some = false;
  const look = async (): Promise<void> => {
    const found = await find();
    if (stopped) return;
    if (found) onAddresses(found);
    some ||= found !== undefined && found.length > 0;
    timer = setTimeout(lookSoon, some ? pauseMs : firstPauseMs).unref();
  };
  const lookSoon = (): void => void look();
  return {
    first: look(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** undefined where the name cannot be resolved, which may pass. */
async function resolveName(name: string, port: number): Promise<readonly string[] | undefined> {
  try {
    const found = await lookup(name, { all: true });
    return found.map(({ address, family }) => (family === 6 ? `[${address}]:${port}` : `${address}:${port}`)).sort();
  } catch {
    return undefined;
  }
}

async function listed({ registry, role, store }: DiscoveryOptions): Promise<readonly string[] | undefined> {
  const records = await store.ask(() => registry.list(role), undefined);
  return records && [...new Set(records.map(({ address }) => address))];
}
