/** A replica's caches. */
export interface PrefixHolder {
  /** Id of the replica. */
  readonly replica: string;
  /** Fingerprint of its model: caches of others are of no use. */
  readonly fingerprint: string;
}

/** Names of prefixChain that it began and ceased to hold. */
export interface PrefixChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Port: which replica has which prefixes cached. Replicas say so themselves; it is a hint all the same, since they may
 * drop a cache at any time. Rejects with a StoreError when the store cannot be asked.
 */
export interface PrefixIndex {
  /** What it holds is known for `ttlMs`, all of it; an empty change only renews that. */
  update(holder: PrefixHolder, change: PrefixChange, ttlMs: number): Promise<void>;
  /** Forgets all that it holds. */
  forget(holder: PrefixHolder): Promise<void>;
  /**
   * How many of the chain's first names each of the replicas holds, in the order of `replicas`. Whoever holds a name is
   * taken to hold those before it.
   */
  find(fingerprint: string, replicas: readonly string[], chain: readonly string[]): Promise<readonly number[]>;
}
