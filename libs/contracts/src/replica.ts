import { decodeReply, required } from './checks.js';
import type * as wire from './wire.js';

/** How a replica is doing, as it says itself. */
export interface ReplicaStatus {
  /** Of this process: a replica that starts again is another one. */
  readonly id: string;
  /** Sessions it serves at a time, and now. */
  readonly slots: number;
  readonly slotsInUse: number;
  /** Sessions that wait for a slot. */
  readonly queued: number;
  /** It is about to stop and takes no new sessions. */
  readonly draining: boolean;
  /** Tokens in the caches that no session is using, and how many of them it keeps at most. */
  readonly cachedTokens: number;
  readonly cacheTokens: number;
}

export function encodeReplicaStatus(status: ReplicaStatus): wire.ReplicaStatus {
  return { ...status };
}

/** Errors: bad_reply. */
export function decodeReplicaStatus(message: wire.ReplicaStatus | undefined, peer: string): ReplicaStatus {
  return decodeReply(peer, () => ({ ...required(message, 'replica') }));
}
