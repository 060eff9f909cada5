import type { ReplicaStatus } from '@outrider/contracts';

export type ReplicaRole = 'draft' | 'target' | 'orchestrator';

/** What a process says of itself. */
export interface ReplicaRecord {
  readonly role: ReplicaRole;
  /** Where others reach it, host:port. */
  readonly address: string;
  /** Of the model it serves. */
  readonly fingerprint: string;
  readonly tokenizerFingerprint: string;
  readonly status: ReplicaStatus;
}

/** Port: which replicas there are. Rejects with a StoreError when the store cannot be asked. */
export interface ReplicaRegistry {
  /**
   * A heartbeat: the record is known for `ttlMs`. `new` when the registry did not know the replica, or had forgotten it:
   * whatever else it says of itself in the store is to be said again.
   */
  announce(record: ReplicaRecord, ttlMs: number): Promise<'new' | 'known'>;
  withdraw(role: ReplicaRole, id: string): Promise<void>;
  /** Those whose heartbeats have not ceased, in the order of their ids. Records that make no sense are left out. */
  list(role: ReplicaRole): Promise<readonly ReplicaRecord[]>;
}
