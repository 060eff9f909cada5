import type { Journal } from './journal.js';
import type { PrefixIndex } from './prefix-index.js';
import type { ReplicaRegistry } from './registry.js';
import type { SessionStore } from './store.js';
import type { WarmStartStore } from './warm-start-store.js';

/** What the processes of a deployment know in common: references and leases, never tensors. */
export interface SharedState {
  readonly sessions: SessionStore;
  readonly journal: Journal;
  readonly replicas: ReplicaRegistry;
  readonly prefixes: PrefixIndex;
  readonly warmStarts: WarmStartStore;
  /** Whether the store answered when it was last asked. */
  available(): boolean;
  close(): Promise<void>;
}
