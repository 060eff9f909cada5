/** The right to write a session's caches, until it expires or is released. */
export interface Lease {
  readonly sessionId: string;
  /**
   * Greater than the fence of every earlier lease of the session; replicas refuse a smaller one. At least the
   * microseconds since 1970 when it was given, so that it rises over a loss of the store's memory too.
   */
  readonly fence: bigint;
}

/** Where a cache of a session was left. A hint: the replica answers what it really holds. */
export interface CacheReference {
  /** Id of the replica. */
  readonly replica: string;
  /** Tokens held. */
  readonly length: number;
  /** The last name of their prefixChain; empty when they are too few for one. */
  readonly link: string;
}

export interface CacheReferences {
  readonly target?: CacheReference | undefined;
  readonly draft?: CacheReference | undefined;
}

/** A claimed session, with what its last holder left; nothing for a new one. */
export interface ClaimedSession {
  readonly lease: Lease;
  readonly caches: CacheReferences;
}

/**
 * Port: who may write which session, and where its caches were left.
 *
 * Expected outcomes are values; a store that cannot be asked rejects with a StoreError.
 */
export interface SessionStore {
  /** Claims a session, known or new, for `ttlMs`. undefined while another lease is in force. */
  claim(sessionId: string, ttlMs: number): Promise<ClaimedSession | undefined>;
  /** Extends a lease to `ttlMs` from now. False when it is no longer in force: stop writing. */
  renew(lease: Lease, ttlMs: number): Promise<boolean>;
  /** Gives a lease back and remembers where the caches are. Does nothing when it is no longer in force. */
  release(lease: Lease, caches: CacheReferences): Promise<void>;
  /** Forgets a session, its journal too, and ends its lease. False when it was unknown. */
  close(sessionId: string): Promise<boolean>;
}
