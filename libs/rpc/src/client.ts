/** The client's end of the three kinds of calls, as promises that end with the caller's signal. */
import { Client, type MethodDefinition, Metadata, credentials } from '@grpc/grpc-js';
import type { CallOptions, ClientReadableStream, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { OutriderError } from '@outrider/contracts';
import { channelOptions } from './channel-options.js';
import { createInbox } from './inbox.js';
import { createOutbox } from './outbox.js';
import { fromStatus } from './status.js';

/** A connection to one service process. Connects on the first call and again after a loss. */
export interface Connection {
  readonly address: string;
  /** The peer's name in error messages. */
  readonly peer: string;
  readonly client: Client;
  close(): void;
}

export interface CallLimits {
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
  /** When to stop waiting. The server learns it too. */
  readonly deadline?: Date | undefined;
}

/** The client's end of a bidirectional stream. */
export interface ClientStream<Out, In> {
  send(message: Out): Promise<void>;
  /** The server's next message; undefined when it is done. Rejects with an OutriderError when the call failed. */
  next(): Promise<In | undefined>;
  /** Tells the server that no more is sent. */
  end(): void;
  /** Gives the call up. Harmless when it is over. */
  cancel(): void;
}

/**
 * Redials a lost peer after 0.1 s at first and 2 s at last. Connections share nothing, so that a new one dials at once
 * whatever another one to the same address is waiting for.
 */
const dialling = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.use_local_subchannel_pool': 1,
};

export function connect(address: string, peer: string): Connection {
  const client = new Client(address, credentials.createInsecure(), { ...channelOptions, ...dialling });
  return { address, peer, client, close: () => client.close() };
}

/** One request, one response. Rejects with an OutriderError. */
export function callUnary<In, Out>(
  connection: Connection,
  method: MethodDefinition<In, Out>,
  request: In,
  limits: CallLimits = {},
): Promise<Out> {
  const { client, peer } = connection;
  return new Promise((resolve, reject) => {
    const finish = (error: ServiceError | null, response?: Out): void => {
      release();
      if (error) reject(fromStatus(error, peer));
      else resolve(response as Out);
    };
    const { path, requestSerialize, responseDeserialize } = method;
    const options = callOptions(limits);
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      options,
      finish,
    );
    const release = cancelOn(limits.signal, () => call.cancel());
  });
}

/** One request, a stream of responses. Stops the call when the consumer leaves the loop. */
export async function* callServerStream<In, Out>(
  connection: Connection,
  method: MethodDefinition<In, Out>,
  request: In,
  limits: CallLimits = {},
): AsyncGenerator<Out, void, void> {
  const { path, requestSerialize, responseDeserialize } = method;
  const options = callOptions(limits);
  const call = connection.client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    new Metadata(),
    options,
  );
  const inbox = receive<Out>(call, connection.peer, limits.signal);
  try {
    for (let message = await inbox.next(); message !== undefined; message = await inbox.next()) yield message;
  } finally {
    call.cancel();
  }
}

/** Opens a bidirectional stream. */
export function callBidi<Out, In>(
  connection: Connection,
  method: MethodDefinition<Out, In>,
  limits: CallLimits = {},
): ClientStream<Out, In> {
  const { path, requestSerialize, responseDeserialize } = method;
  const options = callOptions(limits);
  const call = connection.client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    new Metadata(),
    options,
  );
  const outbox = createOutbox<Out>(call);
  const inbox = receive<In>(call, connection.peer, limits.signal, (error) => outbox.fail(error));
  call.once('status', () => outbox.fail(new OutriderError('unavailable', `${connection.peer} ended the stream`)));
  return { send: outbox.send, next: inbox.next, end: () => call.end(), cancel: () => call.cancel() };
}

/** The responses of a call; its failure, once, as our own error. */
function receive<T>(
  call: ClientReadableStream<T> | ClientDuplexStream<unknown, T>,
  peer: string,
  signal: AbortSignal | undefined,
  onFailure?: (error: OutriderError) => void,
): ReturnType<typeof createInbox<T>> {
  const inbox = createInbox<T>(call);
  // The listener stays: a call may fail after its end, and an 'error' without listener would end the process.
  call.on('error', (error: ServiceError) => {
    const failure = fromStatus(error, peer);
    inbox.fail(failure);
    onFailure?.(failure);
  });
  call.once(
    'status',
    cancelOn(signal, () => call.cancel()),
  );
  return inbox;
}

function callOptions({ deadline }: CallLimits): CallOptions {
  return deadline ? { deadline } : {};
}

/** Runs `cancel` when the signal aborts, at once when it has; returns what removes the listener. */
function cancelOn(signal: AbortSignal | undefined, cancel: () => void): () => void {
  if (!signal) return () => undefined;
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
