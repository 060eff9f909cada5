/**
 * Random interleavings of what several clients do to a session. Whatever the store loses meanwhile, it never gives two
 * holders, and its fences rise.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { SharedState } from '../shared-state.js';
import type { Lease, SessionStore } from '../store.js';

export interface StoreOfSeveral {
  /** The same store, over a connection of each client's own. */
  readonly clients: readonly SharedState[];
  /** The clock that `pass` moves, in milliseconds: the store's own, or one that runs like it. */
  now(): number;
  pass(milliseconds: number): Promise<void>;
  /** Loses everything that the store remembers; absent for one that cannot. */
  readonly loseEverything?: () => Promise<void>;
}

type Step =
  | { readonly kind: 'claim' | 'renew'; readonly client: number; readonly session: number; readonly ttlMs: number }
  | { readonly kind: 'release' | 'close'; readonly client: number; readonly session: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'lose' };

/** A lease as its holder sees it. */
interface Held {
  readonly lease: Lease;
  /** It is in force until then at least. */
  until: number;
}

const client = fc.nat({ max: 2 });
const session = fc.nat({ max: 1 });
const ttlMs = fc.integer({ min: 1, max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('claim' as const), client, session, ttlMs }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('renew' as const), client, session, ttlMs }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), client, session }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), client, session }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const) }) },
);
/** Steps of one inner list happen at the same time. */
const schedule = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 25 });

/** Runs schedules, each on sessions that no other used, and checks after every claim. */
export async function checkOneHolder(store: StoreOfSeveral, numRuns: number): Promise<void> {
  let run = 0;
  let claims = 0;
  await fc.assert(
    fc.asyncProperty(schedule, async (rounds) => {
      run++;
      const history = new History(store, run);
      for (const round of rounds) await Promise.all(round.map((each) => history.take(each)));
      await history.checkAtMostOneInForce();
      claims += history.claims;
    }),
    { numRuns, seed: 6 },
  );
  // Schedules in which nobody gets anything prove nothing.
  expect(claims).toBeGreaterThan(numRuns);
}

class History {
  /** Every lease that was given, by session, in the order in which it was learned. */
  private readonly given = new Map<string, Lease[]>();
  /** What a client believes to hold, by client and session. */
  private readonly held = new Map<string, Held>();
  /** Changes while a session's leases may end at any moment, by a close or a loss. */
  private readonly ended = new Map<string, number>();
  claims = 0;

  constructor(
    private readonly store: StoreOfSeveral,
    private readonly run: number,
  ) {}

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'pass':
        return this.store.pass(step.ms);
      case 'lose':
        return this.endAll(
          [0, 1].map((each) => this.sessionOf(each)),
          async () => this.store.loseEverything?.(),
        );
      case 'claim':
        return this.claim(step.client, this.sessionOf(step.session), step.ttlMs);
      case 'renew':
        return this.renew(step.client, this.sessionOf(step.session), step.ttlMs);
      case 'release':
        return this.release(step.client, this.sessionOf(step.session));
      case 'close': {
        const sessionId = this.sessionOf(step.session);
        return this.endAll([sessionId], () => this.sessions(step.client).close(sessionId));
      }
    }
  }

  /** Whoever may be in force, has at most one successor: the store's own word for it. */
  async checkAtMostOneInForce(): Promise<void> {
    for (const leases of this.given.values()) {
      const inForce = await Promise.all(leases.map((lease) => this.sessions(0).renew(lease, 1000)));
      expect(inForce.filter(Boolean).length).toBeLessThanOrEqual(1);
      expect(new Set(leases.map(({ fence }) => fence)).size).toBe(leases.length);
    }
  }

  private async claim(client: number, sessionId: string, ttlMs: number): Promise<void> {
    const asked = this.store.now();
    const ended = this.ended.get(sessionId);
    const before = [...(this.given.get(sessionId) ?? [])];
    const others = [...this.held].filter(([, { lease }]) => lease.sessionId === sessionId);
    const claimed = await this.sessions(client).claim(sessionId, ttlMs);
    if (!claimed) return;
    this.claims++;
    const answered = this.store.now();
    for (const { fence } of before) expect(claimed.lease.fence).toBeGreaterThan(fence);
    this.given.set(sessionId, [...(this.given.get(sessionId) ?? []), claimed.lease]);
    if (this.ended.get(sessionId) !== ended) return;
    // Whoever held it, and has not given it back since, has a lease that may be over by now.
    for (const [key, other] of others) {
      if (this.held.get(key) === other) expect(other.until).toBeLessThanOrEqual(answered);
    }
    this.held.set(`${client} ${sessionId}`, { lease: claimed.lease, until: asked + ttlMs });
  }

  private async renew(client: number, sessionId: string, ttlMs: number): Promise<void> {
    const own = this.held.get(`${client} ${sessionId}`);
    if (!own) return;
    const asked = this.store.now();
    const before = [...(this.given.get(sessionId) ?? [])];
    // A renewal may shorten a lease.
    own.until = Math.min(own.until, asked + ttlMs);
    if (!(await this.sessions(client).renew(own.lease, ttlMs))) return;
    // Nobody renews a lease once a newer one was given.
    for (const { fence } of before) expect(fence).toBeLessThanOrEqual(own.lease.fence);
    own.until = asked + ttlMs;
  }

  private async release(client: number, sessionId: string): Promise<void> {
    const key = `${client} ${sessionId}`;
    const own = this.held.get(key);
    // From here on others may hold it: the call takes effect at some time before it answers.
    this.held.delete(key);
    if (own) await this.sessions(client).release(own.lease, {});
  }

  private async endAll(sessionIds: readonly string[], end: () => Promise<unknown>): Promise<void> {
    const forget = (): void => {
      for (const id of sessionIds) this.ended.set(id, (this.ended.get(id) ?? 0) + 1);
      for (const [key, { lease }] of this.held) if (sessionIds.includes(lease.sessionId)) this.held.delete(key);
    };
    forget();
    await end();
    forget();
  }

  private sessionOf(session: number): string {
    return `run${this.run}-s${session}`;
  }

  private sessions(client: number): SessionStore {
    return (this.store.clients[client] as SharedState).sessions;
  }
}
