import { OutriderError } from '@outrider/contracts';
import type { CallLimits } from '@outrider/rpc';
import type { ReplicaIdentity } from './replica-link.js';
import type { ReplicaLoad } from './replica-load.js';

/** A connected replica that is asked again and again how it is. */
export interface Watch {
  /** Whether it answered when it was last asked. */
  responds(): boolean;
  stop(): void;
}

export interface WatchOptions {
  ask(limits: CallLimits): Promise<ReplicaIdentity>;
  /** Of the process that is watched: another one may answer at its address. */
  readonly id: string;
  readonly load: ReplicaLoad;
  /** Told once, and the watch is over: it cannot be reached, another one answers, or it is silent. */
  onLost(error: OutriderError): void;
}

/** From one answer to the next question, and how long an answer may take: a hung replica is noticed within both. */
const pauseMs = 1000;
const patienceMs = 800;

/**
 * A replica that computes may miss one question: it is no longer chosen where there is another, and that is all. One
 * that misses several in a row is given up.
 */
const mostMissed = 3;

export function watchReplica({ ask, id, load, onLost }: WatchOptions): Watch {
  let missed = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const look = async (): Promise<void> => {
    try {
      const { status } = await ask({ deadline: new Date(Date.now() + patienceMs) });
      if (status.id !== id) throw new OutriderError('unavailable', 'another process answers in its place');
      load.update(status);
      missed = 0;
    } catch (reason) {
      const error = OutriderError.from(reason);
      if (stopped) return;
      if (error.code !== 'deadline_exceeded' || ++missed >= mostMissed) {
        stopped = true;
        onLost(error);
      }
    }
    if (!stopped) timer = setTimeout(lookSoon, missed > 0 ? 0 : pauseMs).unref();
  };
  const lookSoon = (): void => void look();
  timer = setTimeout(lookSoon, pauseMs).unref();

  return {
    responds: () => missed === 0,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
