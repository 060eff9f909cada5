/**
 * Many sessions in one pass. Tasks run at once until they want a pass of the model; those that wait share the next one,
 * first come, first served, each with one turn before any has another. Blocks, which somebody waits for, take turns with
 * chunks of long texts. Everything else happens between passes.
 *
 * Invariants: a session has one task at a time, in the order of its calls; nothing but a pass touches the caches while
 * one is made; what goes wrong in a task ends that task alone.
 */
import { setImmediate as breath } from 'node:timers/promises';
import { type PassLimits, choosePass, cutToTokens } from './choose-pass.js';
import { Company } from './company.js';
import type { Lane, ScoredRow } from './lanes.js';
import { PassTimes } from './pass-times.js';
import { EngineError } from './port.js';
import type { Job, Ran, Task, Wanted } from './task.js';

export interface SchedulerOptions extends PassLimits {
  /** Tokens of the longest chunk. */
  readonly chunkTokens: number;
  /** Makes one pass over all lanes; answers their rows in order. */
  pass(lanes: readonly Lane[]): Promise<readonly (readonly ScoredRow[])[]>;
  /** Brings the caches back to before a pass that went wrong. */
  undo(lanes: readonly Lane[]): () => void;
  /** Whether more than one session is open: the calls of others may be about to come in. */
  several(): boolean;
}

interface Active {
  readonly job: Job;
  readonly task: Task<unknown>;
  readonly wanted: Wanted;
  /** Since when it wants a pass. */
  readonly since: number;
}

export class Scheduler {
  /** In between passes, one after the other. */
  private readonly errands: (() => Promise<void>)[] = [];
  private readonly queued: Job[] = [];
  private active: Active[] = [];
  private readonly busy = new Set<string>();
  private readonly company = new Company();
  private readonly times = new PassTimes();
  /** What had the latest turn. */
  private lastKind: Wanted['kind'] = 'chunk';
  /** When the latest pass ended. */
  private passedAt = -Infinity;
  /** Until nothing is left to do; it may be done before it is known here. */
  private working: Promise<void> | undefined;
  private isWorking = false;
  private ended: EngineError | undefined;
  private wake: (() => void) | undefined;
  /** Whether something has come in that was not looked at. */
  private isFresh = false;

  constructor(private readonly options: SchedulerOptions) {}

  /** Errors: whatever ends its task; those of end. */
  submit(job: Job): void {
    if (this.ended !== undefined) return job.reject(this.ended);
    if (job.purpose === 'block') this.noteAsked(job);
    this.queued.push(job);
    this.start();
  }

  /** Does something between passes that begins or ends a session. */
  between<T>(sessionId: string, errand: () => Promise<T> | T): Promise<T> {
    const { ended } = this;
    if (ended !== undefined) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      const work = async (): Promise<T> => {
        this.company.left(sessionId);
        if (this.ended !== undefined) throw this.ended;
        return errand();
      };
      this.errands.push(() => work().then(resolve, reject));
      this.start();
    });
  }

  /** Lets the running pass end, then everything that still wants something ends with the error. */
  async end(error: EngineError): Promise<void> {
    this.ended = error;
    this.start();
    await this.working;
  }

  /** A call that comes after a pass may have come during it, when the thread was busy. */
  private noteAsked({ askedAt, sessionIds }: Job): void {
    for (const id of sessionIds) {
      const answeredAt = this.company.answeredAt(id) ?? -Infinity;
      this.company.asked(id, askedAt ?? (this.passedAt > answeredAt ? undefined : performance.now()));
    }
  }

  private start(): void {
    this.isFresh = true;
    this.wake?.();
    if (this.isWorking) return;
    this.isWorking = true;
    this.working = this.work();
  }

  private async work(): Promise<void> {
    // A turn of the event loop: others that are answered with this one may have their next call in the same readiness of the sockets.
    if (this.options.several()) await breath();
    for (;;) {
      this.isFresh = false;
      if (this.errands.length > 0) await this.runErrands();
      this.prepare();
      if (this.isFresh) continue;
      if (this.active.length === 0) break;
      const waitMs = this.worthWaiting();
      if (waitMs > 0) {
        await this.arrival(waitMs);
        continue;
      }
      await this.turn();
      const more = this.active.length + this.queued.length > 0;
      // A text is read without looking up otherwise; the passes of a block leave room for events anyway.
      if (more && (this.lastKind === 'chunk' || this.options.several())) await breath();
    }
    this.isWorking = false;
  }

  private async runErrands(): Promise<void> {
    for (let errand = this.errands.shift(); errand !== undefined; errand = this.errands.shift()) await errand();
  }

  /** Everything that can be done without a pass: who is active then wants one. */
  private prepare(): void {
    if (this.ended !== undefined) this.abandon(this.ended);
    this.dropRefused();
    if (this.queued.length > 0) this.beginQueued();
  }

  private beginQueued(): void {
    const waiting = new Set<string>();
    for (const job of this.queued.splice(0)) {
      const isFree = job.sessionIds.every((id) => !this.busy.has(id) && !waiting.has(id));
      if (!isFree) {
        for (const id of job.sessionIds) waiting.add(id);
        this.queued.push(job);
        continue;
      }
      try {
        if (job.isAborted()) throw new EngineError('aborted', 'the caller gave up');
        if (job.purpose === 'text') for (const id of job.sessionIds) this.company.left(id);
        this.goOn(job, job.begin(), undefined);
      } catch (reason) {
        this.fail(job, reason);
      }
    }
  }

  /** Those whose session is not theirs any more, or who are not waited for. */
  private dropRefused(): void {
    const before = this.active;
    if (!before.some(({ job }) => job.isAborted() || job.refusal() !== undefined)) return;
    this.active = [];
    for (const entry of before) {
      const { job, task } = entry;
      const refusal = job.refusal();
      if (refusal !== undefined) this.fail(job, refusal);
      else if (job.isAborted()) this.goOn(job, task, undefined);
      else this.active.push(entry);
    }
  }

  /** Milliseconds that are worth waiting for others' blocks before those that are there. */
  private worthWaiting(): number {
    if (this.company.size < 2 || this.nextKind() !== 'block') return 0;
    const blocks = this.active.filter(({ wanted }) => wanted.kind === 'block');
    if (blocks.length >= this.options.maxLanes) return 0;
    const now = performance.now();
    const oldest = Math.min(...blocks.map(({ since }) => since));
    return this.company.expectedUntil(now, oldest + this.times.patienceMs()) - now;
  }

  /** The next call, or so many milliseconds. */
  private async arrival(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.wake = undefined;
    // Those that came with it.
    await breath();
  }

  private nextKind(): Wanted['kind'] {
    const waits = (kind: Wanted['kind']) => this.active.some(({ wanted }) => wanted.kind === kind);
    const other = this.lastKind === 'block' ? 'chunk' : 'block';
    return waits(other) ? other : this.lastKind;
  }

  private async turn(): Promise<void> {
    const kind = this.nextKind();
    const chosen = this.choose(kind);
    this.lastKind = kind;
    if (kind === 'block') this.company.starts();

    const lanes = chosen.flatMap(({ wanted }) => wanted.lanes);
    const undo = this.options.undo(lanes);
    const startedAt = performance.now();
    let rows: readonly (readonly ScoredRow[])[];
    try {
      rows = await this.options.pass(lanes);
    } catch (reason) {
      undo();
      await this.oneByOne(chosen, reason);
      return;
    }
    this.passedAt = performance.now();
    const ms = this.passedAt - startedAt;
    if (kind === 'block') this.times.block(ms);
    else
      this.times.chunk(
        ms,
        lanes.reduce((sum, { tokens }) => sum + tokens.length, 0),
      );
    let first = 0;
    for (const { job, task, wanted } of chosen) {
      const own = rows.slice(first, first + wanted.lanes.length);
      first += wanted.lanes.length;
      this.goOn(job, task, { rows: own, batchSize: lanes.length, startedAt, ms });
    }
  }

  /** Takes those out of the active ones whose turn it is. */
  private choose(kind: Wanted['kind']): readonly Active[] {
    const limits = kind === 'block' ? this.options : { ...this.options, maxTokens: this.chunkTokens() };
    const waiting = this.active
      .filter(({ wanted }) => wanted.kind === kind)
      .map((entry) => (kind === 'block' ? entry : { ...entry, wanted: cutToTokens(entry.wanted, limits.maxTokens) }));
    // One alone is most of what there is with one session, whose steps are short.
    const chosen = waiting.length === 1 ? waiting : choosePass(waiting, limits);
    const jobs = new Set(chosen.map(({ job }) => job));
    this.active = this.active.filter(({ job }) => !jobs.has(job));
    return chosen;
  }

  /** After a pass went wrong: whose fault it was cannot be told from a pass over all. */
  private async oneByOne(chosen: readonly Active[], reason: unknown): Promise<void> {
    const [only] = chosen;
    if (chosen.length === 1 && only !== undefined) return this.fail(only.job, reason);
    for (const { job, task, wanted } of chosen) {
      const undo = this.options.undo(wanted.lanes);
      const startedAt = performance.now();
      try {
        const rows = await this.options.pass(wanted.lanes);
        const ms = performance.now() - startedAt;
        this.goOn(job, task, { rows, batchSize: wanted.lanes.length, startedAt, ms });
      } catch (ownReason) {
        undo();
        this.fail(job, ownReason);
      }
    }
  }

  /** Full chunks while nobody is in the middle of a text, whose next block would have to wait. */
  private chunkTokens(): number {
    const { chunkTokens } = this.options;
    const isAlone = this.company.size === 0 && this.active.every(({ wanted }) => wanted.kind === 'chunk');
    return isAlone ? chunkTokens : this.times.chunkTokens(chunkTokens);
  }

  private goOn(job: Job, task: Task<unknown>, ran: Ran | undefined): void {
    try {
      const step = task.next(ran);
      if (step.done !== true) {
        for (const id of job.sessionIds) this.busy.add(id);
        this.active.push({ job, task, wanted: step.value, since: performance.now() });
        return;
      }
      this.free(job);
      if (job.purpose === 'block') for (const id of job.sessionIds) this.company.answered(id, performance.now());
      job.resolve(step.value);
    } catch (reason) {
      this.fail(job, reason);
    }
  }

  private fail(job: Job, reason: unknown): void {
    this.free(job);
    for (const id of job.sessionIds) this.company.left(id);
    job.reject(reason);
  }

  private free({ sessionIds }: Job): void {
    for (const id of sessionIds) this.busy.delete(id);
  }

  private abandon(error: EngineError): void {
    for (const { job } of this.active.splice(0)) this.fail(job, error);
    for (const job of this.queued.splice(0)) this.fail(job, error);
  }
}
