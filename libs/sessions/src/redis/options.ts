import type { StoreError } from '../error.js';

export interface RedisStateOptions {
  /** See parseRedisUrl. */
  readonly url: string;
  /** First part of every key: letters, digits and . _ : - only. Default `outrider`. */
  readonly keyPrefix?: string | undefined;
  /** In place of those in the URL. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Of the Sentinels, where they want any. */
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** How long a call may take, with waiting for a connection and with being tried again. Default 500. */
  readonly timeoutMs?: number | undefined;
  /** How long connecting may take, TLS and all. Default 5000. */
  readonly connectTimeoutMs?: number | undefined;
  /** PEM files, for TLS: whom to trust in place of the system's authorities, and a client's own certificate and key. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** How long a session is remembered after its last change. */
  readonly idleMs: number;
  /**
   * Told once whenever the store goes (with the error) and comes back. Nothing is told of a store that is there from
   * the first.
   */
  readonly onAvailability?: ((available: boolean, error?: StoreError) => void) | undefined;
}
