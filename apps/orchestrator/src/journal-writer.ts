import type { Journal, JournalStart, Lease } from '@outrider/sessions';
import type { TokenId } from '@outrider/speculation';
import type { StoreWatch } from './store-watch.js';

/** Writes a running generation down, behind its rounds: nothing here is waited for. */
export interface JournalWriter {
  /** What a round committed. */
  add(tokens: readonly TokenId[]): void;
  /** Sends what is left; nothing is written later. */
  close(): void;
}

export interface JournalWriterOptions {
  readonly journal: Journal;
  readonly store: StoreWatch;
  readonly start: JournalStart;
  /** In force now; undefined when there is none to write under. */
  lease(): Lease | undefined;
}

/** Times that a journal the store has lost is written anew. */
const mostBeginnings = 4;

/**
 * One write at a time: the rounds that end meanwhile go together in the next one, so that what waits is bounded by the
 * text itself. A journal that the store has lost is begun anew; one that cannot be written is left, which costs a
 * resumed generation its beginning and this one nothing.
 */
export function createJournalWriter({ journal, lease, start, store }: JournalWriterOptions): JournalWriter {
  const tokens: TokenId[] = [];
  let rounds = 0;
  /** Tokens that were sent; undefined before the journal is begun. */
  let sent: number | undefined;
  let beginnings = 0;
  let writing = false;
  let closed = false;

  const begin = async (held: Lease): Promise<boolean> => {
    sent = 0;
    return (await store.ask(() => journal.begin(held, start), undefined)) === true;
  };
  const append = async (held: Lease, index: number): Promise<boolean> => {
    const entry = { index, tokens: tokens.slice(index), rounds };
    sent = tokens.length;
    return (await store.ask(() => journal.append(held, entry), undefined)) === true;
  };
  const write = async (): Promise<void> => {
    writing = true;
    for (let held = lease(); held && !closed && sent !== tokens.length; held = lease()) {
      if (sent === undefined && ++beginnings > mostBeginnings) break;
      if (sent === undefined ? await begin(held) : await append(held, sent)) continue;
      sent = undefined;
      // The next round tries again.
      break;
    }
    writing = false;
  };

  return {
    add(more) {
      tokens.push(...more);
      rounds++;
      if (!writing) void write();
    },
    close() {
      const held = lease();
      closed = true;
      if (held && sent !== undefined && sent < tokens.length) void append(held, sent);
    },
  };
}
