/** Which sessions hold a slot, and under which fence. */
import { type TargetDistribution } from '@outrider/speculation';
import type { SparseDistribution } from '@outrider/speculation';
import type { CacheSlot, KvCache } from './kv-cache.js';
import type { Guide } from './guide.js';
import { EngineError, type SessionKey } from './port.js';

/** What the last scored block of a session must keep, in case a token is wanted from outside the candidates. */
export interface ScoredPosition {
  /** Place in the whole sequence of the token that this distribution is for. */
  readonly position: number;
  readonly sent: TargetDistribution;
  /** float32 [head rows], changed as the request asks */
  readonly logits: Float32Array;
  /** By which they are still to be divided. */
  readonly temperature: number;
  /** Of a head row, when asked for. */
  readonly logprobOf?: ((row: number) => number) | undefined;
  /** The truncated law, where top-k or top-p cut it. */
  readonly law?: SparseDistribution;
}

export interface EngineSession {
  readonly fence: bigint;
  readonly slot: CacheSlot;
  scored: readonly ScoredPosition[];
  seed: bigint;
  /** Set when the session's text is held to a constraint. */
  guide?: Guide | undefined;
}

/** Fences of closed sessions are remembered for so many of them, so that a late owner is still refused. */
const REMEMBERED_FENCES = 4096;

export class SessionTable {
  private readonly open = new Map<string, EngineSession>();
  private readonly closedFences = new Map<string, bigint>();

  constructor(
    private readonly cache: KvCache,
    private readonly slots: number,
  ) {}

  get inUse(): number {
    return this.open.size;
  }

  /** Claims a slot, or takes over the session's own. Errors: slots_exhausted, stale_fence. */
  claim({ sessionId, fence }: SessionKey): EngineSession {
    const known = this.open.get(sessionId);
    const newest = known?.fence ?? this.closedFences.get(sessionId);
    if (newest !== undefined && fence < newest) throw stale(newest);
    if (known === undefined && this.open.size >= this.slots) {
      throw new EngineError('slots_exhausted', `all ${this.slots} slots are in use`);
    }
    const session: EngineSession = { fence, slot: known?.slot ?? this.cache.open(), scored: [], seed: 0n };
    this.open.set(sessionId, session);
    this.closedFences.delete(sessionId);
    return session;
  }

  /** Errors: unknown_session, stale_fence. */
  find({ sessionId, fence }: SessionKey): EngineSession {
    const session = this.open.get(sessionId);
    if (session === undefined)
      throw new EngineError('unknown_session', `no session ${sessionId} is open`, 'session_id');
    if (fence < session.fence) throw stale(session.fence);
    if (fence > session.fence) throw new EngineError('invalid_argument', 'not the fence it was opened with', 'fence');
    return session;
  }

  /** An unknown session, or one that has a newer owner, is left alone. */
  release({ sessionId, fence }: SessionKey): void {
    const session = this.open.get(sessionId);
    if (session === undefined || fence < session.fence) return;
    this.open.delete(sessionId);
    this.cache.close(session.slot);
    this.closedFences.set(sessionId, session.fence);
    const oldest = this.closedFences.keys().next();
    if (this.closedFences.size > REMEMBERED_FENCES && !oldest.done) this.closedFences.delete(oldest.value);
  }
}

function stale(newest: bigint): EngineError {
  return new EngineError('stale_fence', `the session has a newer owner: fence ${newest}`, 'fence');
}
