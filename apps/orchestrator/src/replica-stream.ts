import { OutriderError } from '@outrider/contracts';
import type { ClientStream } from '@outrider/rpc';

/** A replica's stream as requests and their answers, in the domain's words. */
export interface ReplicaStream<Command, Event extends { readonly type: string }> {
  send(command: Command): Promise<void>;
  /** The next answer, whatever it is. Rejects with an OutriderError, also when the replica ended the stream. */
  next(): Promise<Event>;
  /** The next answer, which has to be of this type. Errors also: bad_reply. */
  expect<T extends Event['type']>(type: T): Promise<Extract<Event, { type: T }>>;
  /** Ends the session and waits until the replica has freed it, at most so long. */
  finish(timeoutMs: number): Promise<void>;
  /** Gives the session up. */
  cancel(): void;
}

export function replicaStream<Command, Event extends { readonly type: string }, Out, In>(
  stream: ClientStream<Out, In>,
  peer: string,
  encode: (command: Command) => Out,
  decode: (reply: In) => Event,
  signal: AbortSignal | undefined,
): ReplicaStream<Command, Event> {
  let cancelled = false;
  const cancel = (): void => {
    cancelled = true;
    stream.cancel();
  };
  const next = async (): Promise<Event> => {
    try {
      const reply = await stream.next();
      if (reply === undefined) throw new OutriderError('unavailable', `${peer} ended the stream`);
      return decode(reply);
    } catch (reason) {
      const error = OutriderError.from(reason);
      if (error.code !== 'cancelled' || cancelled || signal?.aborted) throw error;
      // Cut off from the other side, as by a process that is stopped.
      throw new OutriderError('unavailable', `${peer} broke the stream off`, { cause: error });
    }
  };
  return {
    send: (command) => stream.send(encode(command)),
    next,
    async expect(type) {
      const event = await next();
      if (isOfType(event, type)) return event;
      throw new OutriderError('bad_reply', `${peer} answered ${event.type} instead of ${type}`);
    },
    async finish(timeoutMs) {
      stream.end();
      const timer = setTimeout(cancel, timeoutMs);
      try {
        while ((await stream.next()) !== undefined);
      } catch {
        // It is over all the same.
      } finally {
        clearTimeout(timer);
      }
    },
    cancel,
  };
}

function isOfType<E extends { readonly type: string }, T extends E['type']>(
  event: E,
  type: T,
): event is Extract<E, { type: T }> {
  return event.type === type;
}

/** The error for an answer about another round than the one that was asked for. */
export function wrongRound(peer: string, field: string, answered: number, asked: number): OutriderError {
  return new OutriderError('bad_reply', `${peer} sent ${field}: is ${answered}, asked for ${asked}`, { field });
}
