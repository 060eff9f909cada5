import { type JournalEntry, StoreError, createMemoryState } from '@outrider/sessions';
import { createLogger } from '@outrider/telemetry';
import { describe, expect, it } from 'vitest';
import { createJournalWriter } from './journal-writer.js';
import { watchStore } from './store-watch.js';

const start = { prompt: [1, 2], seed: 7n };

async function writing() {
  const shared = createMemoryState({ now: () => 1_000_000, idleMs: 1000, maxIdle: 10 });
  const claimed = await shared.sessions.claim('s', 1000);
  const lease = claimed!.lease;
  const appended: JournalEntry[] = [];
  const control = { away: false, pause: Promise.resolve() };
  const answer = async <T>(call: () => Promise<T>): Promise<T> => {
    await control.pause;
    if (control.away) throw new StoreError('unavailable', 'away');
    return call();
  };
  const journal = createJournalWriter({
    journal: {
      ...shared.journal,
      begin: (...args) => answer(() => shared.journal.begin(...args)),
      append: (held, entry) => {
        appended.push(entry);
        return answer(() => shared.journal.append(held, entry));
      },
    },
    store: watchStore(createLogger('orchestrator', 'silent')),
    start,
    lease: () => lease,
  });
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  return { appended, control, journal, lease, read: () => shared.journal.read('s'), settle, shared };
}

describe('a journal writer', () => {
  it('sends what comes while it writes as one', async () => {
    const { appended, control, journal, read, settle } = await writing();
    let go = (): void => undefined;
    control.pause = new Promise((resolve) => (go = resolve));
    for (let i = 0; i < 50; i++) journal.add([i, i]);
    expect(appended).toEqual([]);
    go();
    await settle();
    expect(appended).toHaveLength(1);
    const tokens = Array.from({ length: 100 }, (_, i) => i >> 1);
    expect(await read()).toEqual({ ...start, tokens, rounds: 50 });
  });

  it('sends the rest when it is closed, and nothing later', async () => {
    const { control, journal, read, settle } = await writing();
    journal.add([1]);
    await settle();
    let go = (): void => undefined;
    control.pause = new Promise((resolve) => (go = resolve));
    journal.add([2]);
    journal.add([3]);
    journal.close();
    go();
    journal.add([4]);
    await settle();
    expect(await read()).toMatchObject({ tokens: [1, 2, 3], rounds: 3 });
  });

  it('begins anew when the store was away or has forgotten, from the first token on', async () => {
    const { control, journal, read, settle, shared, lease } = await writing();
    control.away = true;
    journal.add([1]);
    await settle();
    control.away = false;
    journal.add([2]);
    await settle();
    expect(await read()).toMatchObject({ tokens: [1, 2], rounds: 2 });
    await shared.journal.begin(lease, { prompt: [], seed: 0n });
    journal.add([3]);
    await settle();
    journal.add([4]);
    await settle();
    expect(await read()).toEqual({ ...start, tokens: [1, 2, 3, 4], rounds: 4 });
  });
});
