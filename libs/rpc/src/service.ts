/**
 * A service as a definition and plain async functions. Handlers know nothing of gRPC: they get decoded messages and
 * an abort signal, return or throw, and the server turns that into calls and statuses.
 */
import type { EventEmitter } from 'node:events';
import type {
  MethodDefinition,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  Metadata,
  ServiceDefinition,
  UntypedServiceImplementation,
  sendUnaryData,
} from '@grpc/grpc-js';
import { OutriderError, type TraceContext } from '@outrider/contracts';
import { resetWhenStuck } from './call-reset.js';
import { createInbox } from './inbox.js';
import { createOutbox } from './outbox.js';
import { toStatus } from './status.js';

/** What a handler knows about its call. */
export interface CallContext {
  /** Aborted when the client cancels, its deadline passes or the server has to stop. Its reason is an OutriderError. */
  readonly signal: AbortSignal;
  /** Ends the call: the signal aborts, and the client is told, both with this reason unless there is one already. */
  stop(reason: OutriderError): void;
  /** When the client stops waiting; hand it on to the calls made for this one. */
  readonly deadline: Date | undefined;
  /** W3C trace context from the call's metadata, untouched. */
  readonly trace: TraceContext | undefined;
}

/** The server's end of a bidirectional stream. */
export interface ServerStream<In, Out> {
  /**
   * The client's next message; undefined when it sends no more. Rejects when the call is over. A cancelled call
   * may end with undefined first, a moment before the signal aborts.
   */
  next(): Promise<In | undefined>;
  /** Resolves when there is room for another message. Rejects when the call is over. */
  send(message: Out): Promise<void>;
}

/** A handler in the shape its method asks for. */
export type Handler<M> =
  M extends MethodDefinition<infer In, infer Out>
    ? M extends { requestStream: true; responseStream: true }
      ? (stream: ServerStream<In, Out>, context: CallContext) => Promise<void>
      : M extends { responseStream: true }
        ? (request: In, context: CallContext) => AsyncIterable<Out>
        : (request: In, context: CallContext) => Promise<Out>
    : never;

export interface Service {
  readonly definition: ServiceDefinition;
  /** `observe` is told of every call that starts; it returns what to call when that one is over. */
  implement(observe: CallObserver): UntypedServiceImplementation;
}

/**
 * Called when a call starts, with what ends it early. What it returns is called when the call's last byte is out, with
 * its failure if any.
 */
export type CallObserver = (path: string, stop: (reason: OutriderError) => void) => (failure?: OutriderError) => void;

/** Binds handlers to a generated service definition, checking their types method by method. */
export function defineService<D extends ServiceDefinition>(
  definition: D,
  handlers: { readonly [K in keyof D]: Handler<D[K]> },
): Service {
  return {
    definition,
    implement(observe) {
      const implementation: UntypedServiceImplementation = {};
      for (const [name, method] of Object.entries(definition)) {
        // The mapped type above has already matched handler and method; grpc-js takes them untyped.
        const handler: unknown = handlers[name as keyof D];
        if (method.requestStream && method.responseStream) {
          implementation[name] = serveBidi(handler as BidiHandler, observe);
        } else if (method.responseStream) {
          implementation[name] = serveStream(handler as StreamHandler, observe);
        } else {
          implementation[name] = serveUnary(handler as UnaryHandler, observe);
        }
      }
      return implementation;
    },
  };
}

type BidiHandler = (stream: ServerStream<unknown, unknown>, context: CallContext) => Promise<void>;
type StreamHandler = (request: unknown, context: CallContext) => AsyncIterable<unknown>;
type UnaryHandler = (request: unknown, context: CallContext) => Promise<unknown>;

function serveUnary(handler: UnaryHandler, observe: CallObserver) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    const tracked = track(call, observe);
    handler(call.request, tracked.context).then(
      (response) => {
        tracked.succeed();
        callback(null, response);
      },
      (error: unknown) => callback(toStatus(tracked.fail(error))),
    );
  };
}

function serveStream(handler: StreamHandler, observe: CallObserver) {
  return (call: ServerWritableStream<unknown, unknown>): void => {
    const tracked = track(call, observe);
    const { signal } = tracked.context;
    const outbox = createOutbox<unknown>(call);
    signal.addEventListener('abort', () => outbox.fail(signal.reason as Error), { once: true });
    const run = async (): Promise<void> => {
      for await (const response of handler(call.request, tracked.context)) await outbox.send(response);
    };
    finish(run(), call, tracked);
  };
}

function serveBidi(handler: BidiHandler, observe: CallObserver) {
  return (call: ServerDuplexStream<unknown, unknown>): void => {
    const tracked = track(call, observe);
    const { signal } = tracked.context;
    const inbox = createInbox<unknown>(call);
    const outbox = createOutbox<unknown>(call);
    const cut = (): void => {
      inbox.fail(signal.reason as Error);
      outbox.fail(signal.reason as Error);
    };
    signal.addEventListener('abort', cut, { once: true });
    finish(handler({ next: inbox.next, send: outbox.send }, tracked.context), call, tracked);
  };
}

type StreamCall = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

function finish(run: Promise<void>, call: StreamCall, tracked: TrackedCall): void {
  run.then(
    () => {
      tracked.succeed();
      call.end();
    },
    (error: unknown) => {
      const failure = tracked.fail(error);
      // After a cancellation there is nobody left to tell.
      if (call.destroyed) return;
      call.emit('error', toStatus(failure));
      // Behind a call that was stopped may be a client that never reads what was sent to it before.
      if (tracked.context.signal.aborted) resetWhenStuck(call);
    },
  );
}

/** One call's context and bookkeeping. Either `succeed` or `fail` is called, once, when the handler is done. */
interface TrackedCall {
  readonly context: CallContext;
  succeed(): void;
  /** What to tell the client: the handler's error, or the reason it was cut short. */
  fail(error: unknown): OutriderError;
}

/** Timers reach no further. */
const longestTimerMs = 2 ** 31 - 1;

/** What all kinds of calls have. */
type AnyCall = EventEmitter & { readonly metadata: Metadata; getDeadline(): Date | number; getPath(): string };

function track(call: AnyCall, observe: CallObserver): TrackedCall {
  const controller = new AbortController();
  const deadline = Number(call.getDeadline());
  let handled = false;
  let closed = false;
  let failure: OutriderError | undefined;
  const stop = (reason: OutriderError): void => {
    failure ??= reason;
    controller.abort(failure);
  };
  const over = observe(call.getPath(), stop);
  const stopLate = (): void => stop(new OutriderError('deadline_exceeded', 'the deadline passed'));
  // grpc-js tells of a deadline only when the client has read all that was sent before.
  const leftMs = deadline - Date.now();
  const timer = leftMs <= longestTimerMs ? setTimeout(stopLate, leftMs) : undefined;

  // grpc-js emits this at the end of every call, after its trailers, not only when it is cancelled.
  call.once('cancelled', () => {
    closed = true;
    clearTimeout(timer);
    if (handled) return over(failure);
    if (Date.now() >= deadline) stopLate();
    else stop(new OutriderError('cancelled', 'the call was cancelled'));
  });

  const settle = (): void => {
    handled = true;
    if (closed) over(failure);
  };
  return {
    context: {
      signal: controller.signal,
      stop,
      deadline: Number.isFinite(deadline) ? new Date(deadline) : undefined,
      trace: readTrace(call.metadata),
    },
    succeed: settle,
    fail(error) {
      failure ??= OutriderError.from(error);
      settle();
      return failure;
    },
  };
}

function readTrace(metadata: Metadata): TraceContext | undefined {
  const [traceparent] = metadata.get('traceparent');
  const [tracestate = ''] = metadata.get('tracestate');
  return typeof traceparent === 'string' ? { traceparent, tracestate: String(tracestate) } : undefined;
}
