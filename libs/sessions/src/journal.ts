import type { TokenId } from '@outrider/speculation';
import type { Lease } from './store.js';

/** What a generation starts from. */
export interface JournalStart {
  readonly prompt: readonly TokenId[];
  readonly seed: bigint;
}

/** What one or more rounds committed. */
export interface JournalEntry {
  /** Generated tokens before these: the index of the first. */
  readonly index: number;
  readonly tokens: readonly TokenId[];
  /** Rounds done: together with the number of tokens, where the counter-based randomness goes on. */
  readonly rounds: number;
}

/** A generation as far as it was written down. */
export interface JournalRecord extends JournalStart {
  /** Generated so far. */
  readonly tokens: readonly TokenId[];
  readonly rounds: number;
}

/**
 * Port: a running generation, written down so that another orchestrator can go on with it. Kept as long as an idle
 * session is. Rejects with a StoreError when the store cannot be asked.
 */
export interface Journal {
  /** Begins anew; false when the lease is not in force. */
  begin(lease: Lease, start: JournalStart): Promise<boolean>;
  /**
   * False when the lease is not in force, or the journal does not end at `index`. Nothing is written then. The last
   * entry may be repeated, and is written once.
   */
  append(lease: Lease, entry: JournalEntry): Promise<boolean>;
  read(sessionId: string): Promise<JournalRecord | undefined>;
}
