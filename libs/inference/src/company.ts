/**
 * The sessions that have blocks answered: when each of them is likely to come with the next. Sessions that are answered
 * by one pass ask their next blocks at about the same time, but not at once; a pass that started with the first of them
 * would leave the others to a pass of their own, and so on in turns.
 */

/** Weight of the latest time in a session's average. */
const LATEST = 0.3;
/** A session that is later than its average by this factor is not waited for any more. */
const LATE = 1.5;

interface Member {
  answeredAt: number;
  /** Average time from an answer to the next block; undefined before the second block. */
  thinkMs?: number | undefined;
  /** Has asked for a block that is not answered yet. */
  waiting: boolean;
}

export class Company {
  private readonly members = new Map<string, Member>();

  /** Sessions that are in the middle of a text. */
  get size(): number {
    return this.members.size;
  }

  asked(sessionId: string, now: number): void {
    const member = this.members.get(sessionId);
    if (member === undefined) return;
    const thinkMs = now - member.answeredAt;
    member.thinkMs = member.thinkMs === undefined ? thinkMs : (1 - LATEST) * member.thinkMs + LATEST * thinkMs;
    member.waiting = true;
  }

  answered(sessionId: string, now: number): void {
    const member = this.members.get(sessionId);
    if (member === undefined) this.members.set(sessionId, { answeredAt: now, waiting: false });
    else Object.assign(member, { answeredAt: now, waiting: false });
  }

  /** The session is over, or reads another text first. */
  left(sessionId: string): void {
    this.members.delete(sessionId);
  }

  /**
   * Until when it is worth to wait for those who are likely to come before `latest`; `now` or earlier when nobody is.
   * Times by one clock, in milliseconds.
   */
  expectedUntil(now: number, latest: number): number {
    let until = now;
    for (const { answeredAt, thinkMs, waiting } of this.members.values()) {
      if (waiting || thinkMs === undefined || answeredAt + thinkMs > latest) continue;
      until = Math.max(until, Math.min(latest, answeredAt + LATE * thinkMs));
    }
    return until;
  }
}
