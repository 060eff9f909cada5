import type { Writable } from 'node:stream';

/** Messages of the other direction, sent one by one. */
export interface Outbox<T> {
  /** Resolves when there is room for another message. Rejects with the call's failure. */
  send(message: T): Promise<void>;
  /** Refuses every later message and ends the waiting for room with this failure. Only the first one counts. */
  fail(error: Error): void;
}

/** Writes a call's messages with the back-pressure of the connection. */
export function createOutbox<T>(sink: Writable): Outbox<T> {
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  let failure: Error | undefined;

  sink.on('drain', () => {
    for (const { resolve } of waiting.splice(0)) resolve();
  });

  return {
    send(message) {
      if (failure) return Promise.reject(failure);
      if (sink.write(message)) return Promise.resolve();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    fail(error) {
      failure ??= error;
      for (const { reject } of waiting.splice(0)) reject(failure);
    },
  };
}
