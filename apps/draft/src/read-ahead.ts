import type { wire } from '@outrider/contracts';

/** A client's messages, with a look at the next one while the present one is still being worked on. */
export interface Requests {
  /** The next message, which stays the next one. */
  peek(): Promise<wire.DraftRequest | undefined>;
  take(): Promise<wire.DraftRequest | undefined>;
}

export function readAhead(stream: { next(): Promise<wire.DraftRequest | undefined> }): Requests {
  let ahead: Promise<wire.DraftRequest | undefined> | undefined;
  const peek = (): Promise<wire.DraftRequest | undefined> => (ahead ??= stream.next());
  return {
    peek,
    take() {
      const message = peek();
      ahead = undefined;
      return message;
    },
  };
}
