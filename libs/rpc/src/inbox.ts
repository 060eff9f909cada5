import type { Readable } from 'node:stream';

/** Messages that may wait before the sender is asked to pause. */
const capacity = 16;

/** Messages of one direction of a call, taken one by one. */
export interface Inbox<T> {
  /**
   * The next message; undefined when the peer sends no more. Rejects with the call's failure once the messages
   * before it are taken. One caller at a time.
   */
  next(): Promise<T | undefined>;
  /** Ends the waiting, now and later, with this failure. Only the first one counts. */
  fail(error: Error): void;
}

/** Reads a call's messages; leaves no listener that outlives the stream and no promise that never settles. */
export function createInbox<T>(source: Readable): Inbox<T> {
  const queue: T[] = [];
  let waiting: { resolve(message: T | undefined): void; reject(error: Error): void } | undefined;
  let ended = false;
  let failure: Error | undefined;

  source.on('data', (message: T) => {
    if (failure) return;
    if (waiting) {
      const { resolve } = waiting;
      waiting = undefined;
      resolve(message);
      return;
    }
    queue.push(message);
    if (queue.length === capacity) source.pause();
  });
  source.on('end', () => {
    ended = true;
    waiting?.resolve(undefined);
    waiting = undefined;
  });

  return {
    next() {
      if (waiting) return Promise.reject(new Error('next() is called while an earlier call waits'));
      const message = queue.shift();
      if (message !== undefined) {
        if (queue.length === capacity - 1) source.resume();
        return Promise.resolve(message);
      }
      if (failure) return Promise.reject(failure);
      if (ended) return Promise.resolve(undefined);
      const promise = new Promise<T | undefined>((resolve, reject) => (waiting = { resolve, reject }));
      // Whoever reads ahead may leave before the call fails: that is no unhandled rejection.
      promise.catch(() => undefined);
      return promise;
    },
    fail(error) {
      if (failure) return;
      failure = error;
      waiting?.reject(error);
      waiting = undefined;
    },
  };
}
