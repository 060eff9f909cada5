/**
 * The sessions that have blocks answered, and when each of them is likely to come with the next. Those that are answered
 * by one pass ask their next blocks at about the same time, but not at once; a pass that started with the first of them
 * would leave the others to a pass of their own, and so on in turns.
 */

/** Weight of the latest time in a session's average. */
const LATEST = 0.3;
/** A session that is later than its average by this factor is not waited for any more. */
const LATE = 1.5;
/** Who was waited for in vain is not for so many blocks. */
const VAIN = 8;

interface Member {
  answeredAt: number;
  /** Has asked for a block that is not answered yet. */
  waiting: boolean;
  /** Blocks asked for so far; before the second, nothing is known of its ways. */
  blocks: number;
  /** Average time from an answer to the next block; undefined when it comes while nobody can look. */
  thinkMs?: number | undefined;
  /** Is being waited for. */
  isHopedFor: boolean;
  /** Blocks for which it is not waited for any more. */
  vain: number;
}

export class Company {
  private readonly members = new Map<string, Member>();

  /** Sessions that are in the middle of a text. */
  get size(): number {
    return this.members.size;
  }

  /** Times by one clock, in milliseconds; undefined when the call came in at some time while a pass kept the thread. */
  asked(sessionId: string, at: number | undefined): void {
    const member = this.members.get(sessionId);
    if (member === undefined) return;
    if (at === undefined) member.thinkMs = undefined;
    else {
      const latest = Math.max(0, at - member.answeredAt);
      member.thinkMs = member.thinkMs === undefined ? latest : (1 - LATEST) * member.thinkMs + LATEST * latest;
    }
    member.blocks++;
    member.vain = Math.max(0, member.vain - 1);
    member.waiting = true;
    member.isHopedFor = false;
  }

  answered(sessionId: string, now: number): void {
    const member = this.members.get(sessionId);
    if (member !== undefined) Object.assign(member, { answeredAt: now, waiting: false });
    else {
      const none = { blocks: 0, thinkMs: undefined, isHopedFor: false, vain: 0 };
      this.members.set(sessionId, { answeredAt: now, waiting: false, ...none });
    }
  }

  /** The session is over, or reads another text first. */
  left(sessionId: string): void {
    this.members.delete(sessionId);
  }

  /** Since when the session has been answered; undefined for one that has not, or waits. */
  answeredAt(sessionId: string): number | undefined {
    const member = this.members.get(sessionId);
    return member?.waiting === false ? member.answeredAt : undefined;
  }

  /** Until when it is worth to wait for those who are likely to come before `latest`; `now` when nobody is. */
  expectedUntil(now: number, latest: number): number {
    let until = now;
    for (const member of this.members.values()) {
      const { answeredAt, blocks, thinkMs, vain, waiting } = member;
      if (waiting || blocks === 0 || vain > 0) continue;
      if (thinkMs !== undefined && answeredAt + thinkMs > latest) continue;
      const last = thinkMs === undefined ? latest : Math.min(latest, answeredAt + LATE * thinkMs);
      if (last <= now) continue;
      member.isHopedFor = true;
      until = Math.max(until, last);
    }
    return until;
  }

  /** A pass over blocks goes without those who have not come. */
  starts(): void {
    for (const member of this.members.values()) {
      if (member.isHopedFor) member.vain = VAIN;
      member.isHopedFor = false;
    }
  }
}
