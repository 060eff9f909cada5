/** Slots and fences: which sessions are open, and who owns them. */
import { EngineError, type SessionKey } from './port.js';

/** Fences of closed sessions are remembered for so many of them, so that a late owner is still refused. */
const REMEMBERED_FENCES = 4096;

export class SessionTable<Session extends { readonly fence: bigint }> {
  private readonly open = new Map<string, Session>();
  private readonly closedFences = new Map<string, bigint>();

  constructor(private readonly slots: number) {}

  get inUse(): number {
    return this.open.size;
  }

  /** Claims a slot; `create` makes its session, out of the one that is taken over. Errors: slots_exhausted, stale_fence. */
  claim({ sessionId, fence }: SessionKey, create: (before: Session | undefined) => Session): Session {
    const known = this.open.get(sessionId);
    const newest = known?.fence ?? this.closedFences.get(sessionId);
    if (newest !== undefined && fence < newest) throw stale(newest);
    if (known === undefined && this.open.size >= this.slots) {
      throw new EngineError('slots_exhausted', `all ${this.slots} slots are in use`);
    }
    const session = create(known);
    this.open.set(sessionId, session);
    this.closedFences.delete(sessionId);
    return session;
  }

  /** Errors: unknown_session, stale_fence. */
  find({ sessionId, fence }: SessionKey): Session {
    const session = this.open.get(sessionId);
    if (session === undefined)
      throw new EngineError('unknown_session', `no session ${sessionId} is open`, 'session_id');
    if (fence < session.fence) throw stale(session.fence);
    if (fence > session.fence) throw new EngineError('invalid_argument', 'not the fence it was opened with', 'fence');
    return session;
  }

  /** The session that is over; an unknown one, or one that has a newer owner, is left alone. */
  release({ sessionId, fence }: SessionKey): Session | undefined {
    const session = this.open.get(sessionId);
    if (session === undefined || fence < session.fence) return undefined;
    this.open.delete(sessionId);
    this.closedFences.set(sessionId, session.fence);
    const oldest = this.closedFences.keys().next();
    if (this.closedFences.size > REMEMBERED_FENCES && !oldest.done) this.closedFences.delete(oldest.value);
    return session;
  }
}

function stale(newest: bigint): EngineError {
  return new EngineError('stale_fence', `the session has a newer owner: fence ${newest}`, 'fence');
}
