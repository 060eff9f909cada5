import type { ReplicaRecord, ReplicaRole } from '../registry.js';
import type { SharedState } from '../shared-state.js';
import type { CacheReferences } from '../store.js';

/** An adapter under test, as empty as when nobody has used it. */
export interface StateUnderTest {
  readonly state: SharedState;
  /** A time that is long compared to a call, in milliseconds. Idle sessions are remembered for eight of it. */
  readonly unitMs: number;
  /** Lets so many units of the adapter's time pass. */
  pass(units: number): Promise<void>;
}

export const idleUnits = 8;

/** The adapter is a parameter of every suite, and made afresh for each test. Tests run at the same time. */
export type OpenStateUnderTest = () => Promise<StateUnderTest>;

/** References to a cache of so many tokens. */
export const at = (length: number): CacheReferences => ({ target: { replica: 'r', length, link: 'link' } });

export function replicaRecord(role: ReplicaRole, id: string, slotsInUse = 0): ReplicaRecord {
  return {
    role,
    address: `${id}.example:7000`,
    fingerprint: 'sha256:model',
    tokenizerFingerprint: 'sha256:tokenizer',
    status: { id, slots: 4, slotsInUse, queued: 0, draining: false, cachedTokens: 16, cacheTokens: 1024 },
  };
}
