import { OutriderError } from '@outrider/contracts';

export interface AdmissionOptions {
  /** Callers inside at a time. */
  readonly slots: number;
  /** Callers that may wait for a slot; one more is refused. */
  readonly queueLength: number;
  /** Clock in milliseconds that only rises. */
  readonly now?: () => number;
}

/** When a caller stops waiting. */
export interface EntryLimits {
  /** Its reason is an OutriderError. */
  readonly signal?: AbortSignal | undefined;
  readonly deadline?: Date | undefined;
}

/** A slot that was given to a caller. */
export interface AdmittedPlace {
  /** How long the caller waited for it. */
  readonly queueMs: number;
  /** Gives the slot to who has waited longest. Later calls do nothing. */
  release(): void;
}

/** So many callers inside at a time, and others in a queue: first come, first served. */
export interface Admission {
  /**
   * Resolves when a slot is the caller's. A caller that stops waiting leaves nothing behind.
   *
   * Errors: resource_exhausted when the queue is full, with a guess when a slot will be free for one more caller;
   * the signal's reason; deadline_exceeded; what the door was closed with.
   */
  enter(limits?: EntryLimits): Promise<AdmittedPlace>;
  inside(): number;
  waiting(): number;
  /** Refuses those who wait and all who come later. Who is inside stays. */
  close(reason: OutriderError): void;
}

/** Of holding times, the share of the last one in the average. */
const newestShare = 0.2;

/** When to ask again while nothing is known of holding times, and the bounds of what is said later. */
const retryMs = { unknown: 1000, min: 50, max: 60_000 };

/** Timers reach no further. */
const longestTimerMs = 2 ** 31 - 1;

interface Waiter {
  grant(): void;
  refuse(reason: OutriderError): void;
}

export function createAdmission({ slots, queueLength, now = () => performance.now() }: AdmissionOptions): Admission {
  // In the order of their coming, which is the order of a Set.
  const queue = new Set<Waiter>();
  let inside = 0;
  let averageHeldMs: number | undefined;
  let closed: OutriderError | undefined;

  const release = (heldMs: number): void => {
    averageHeldMs = averageHeldMs === undefined ? heldMs : averageHeldMs + newestShare * (heldMs - averageHeldMs);
    inside--;
    const [next] = queue;
    next?.grant();
  };
  const take = (queueMs: number): AdmittedPlace => {
    inside++;
    const enteredAt = now();
    let held = true;
    return {
      queueMs,
      release() {
        if (!held) return;
        held = false;
        release(now() - enteredAt);
      },
    };
  };
  const retryAfterMs = (): number => {
    if (averageHeldMs === undefined) return retryMs.unknown;
    // Slots become free in turn, each after about the average time; all who wait now come first.
    const guess = (averageHeldMs * (queue.size + 1)) / slots;
    return Math.round(Math.min(Math.max(guess, retryMs.min), retryMs.max));
  };

  return {
    async enter({ signal, deadline } = {}) {
      signal?.throwIfAborted();
      if (closed) throw closed;
      if (deadline && deadline.getTime() <= Date.now()) throw pastDeadline();
      // While somebody waits every slot is taken: nobody overtakes.
      if (inside < slots) return take(0);
      if (queue.size >= queueLength) {
        const problem =
          queueLength === 0 ? 'every slot is taken' : `every slot is taken and ${queue.size} wait for one`;
        throw new OutriderError('resource_exhausted', problem, { retryAfterMs: retryAfterMs() });
      }
      const since = now();
      return wait({ signal, deadline }, queue, () => take(now() - since));
    },
    inside: () => inside,
    waiting: () => queue.size,
    close(reason) {
      closed ??= reason;
      for (const waiter of queue) waiter.refuse(closed);
    },
  };
}

function wait(
  { signal, deadline }: EntryLimits,
  queue: Set<Waiter>,
  take: () => AdmittedPlace,
): Promise<AdmittedPlace> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      queue.delete(waiter);
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const waiter: Waiter = {
      grant() {
        leave();
        resolve(take());
      },
      refuse(reason) {
        leave();
        reject(reason);
      },
    };
    const onAbort = (): void => waiter.refuse(signal?.reason as OutriderError);
    const leftMs = deadline ? deadline.getTime() - Date.now() : Infinity;
    const timer = leftMs <= longestTimerMs ? setTimeout(() => waiter.refuse(pastDeadline()), leftMs) : undefined;
    signal?.addEventListener('abort', onAbort, { once: true });
    queue.add(waiter);
  });
}

function pastDeadline(): OutriderError {
  return new OutriderError('deadline_exceeded', 'the deadline passed before a slot was free');
}
