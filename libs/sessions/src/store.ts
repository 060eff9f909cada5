import type { TokenId } from '@outrider/speculation';

/** The right to write a session's caches, until it expires or is released. */
export interface Lease {
  readonly sessionId: string;
  /** Greater than the fence of every earlier lease of the session; replicas refuse a smaller one. */
  readonly fence: bigint;
}

/** A claimed session. */
export interface ClaimedSession {
  readonly lease: Lease;
  /**
   * Tokens committed when the session was last released; empty for a new one. What a replica's cache holds is a
   * prefix of them, of the length the replica answers: that answer is the truth, this is a hint.
   */
  readonly tokens: readonly TokenId[];
}

/**
 * Port: who may write which session, and what was committed in it.
 *
 * Expected outcomes are values; only a broken store rejects.
 */
export interface SessionStore {
  /** Claims a session, known or new, for `ttlMs`. undefined while another lease is in force. */
  claim(sessionId: string, ttlMs: number): Promise<ClaimedSession | undefined>;
  /** Extends a lease to `ttlMs` from now. False when it is no longer in force: stop writing. */
  renew(lease: Lease, ttlMs: number): Promise<boolean>;
  /** Gives a lease back and remembers what was committed. Does nothing when it is no longer in force. */
  release(lease: Lease, tokens: readonly TokenId[]): Promise<void>;
  /** Forgets a session and ends its lease. False when it was unknown. */
  close(sessionId: string): Promise<boolean>;
}
