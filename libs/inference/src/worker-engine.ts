/** An engine in a thread of its own, seen from the thread that calls it: sends calls over and settles them. */
import { Worker } from 'node:worker_threads';
import { EngineError, type Engine, type EngineInfo, type EngineOptions } from './port.js';
import type {
  CacheMessage,
  CallName,
  CallOf,
  Calls,
  FailedMessage,
  PlainError,
  ReadyMessage,
  ReplyMessage,
  WorkerOptions,
} from './protocol.js';

/** Calls that can be aborted at a time; more than that run without. */
const ABORT_CELLS = 1024;

interface Pending {
  resolve(result: unknown): void;
  reject(error: EngineError): void;
}

/** Errors: internal, with what the model folder or onnxruntime said. */
export async function startWorkerEngine({ onCacheChange, ...options }: EngineOptions): Promise<Engine> {
  const abortCells = new SharedArrayBuffer(4 * ABORT_CELLS);
  const workerData: WorkerOptions = { options, abortCells, reportsCache: onCacheChange !== undefined };
  // A thread runs compiled code only; this path is right from dist and, in tests, from src.
  const worker = new Worker(new URL('../dist/worker.js', import.meta.url), { workerData });
  const ready = await new Promise<ReadyMessage>((resolve, reject) => {
    const fail = (reason: PlainError) => {
      void worker.terminate();
      reject(revive(reason));
    };
    worker.once('error', (error) => fail({ code: 'internal', message: error.message }));
    worker.once('message', (message: ReadyMessage | FailedMessage) => {
      worker.removeAllListeners('error');
      if (message.ready) resolve(message);
      else fail(message.error);
    });
  });
  return new WorkerEngine(worker, ready.info, new Int32Array(abortCells), onCacheChange);
}

class WorkerEngine implements Engine {
  private readonly pending = new Map<number, Pending>();
  private readonly freeCells: number[] = Array.from({ length: ABORT_CELLS }, (_, i) => i);
  private nextId = 0;
  /** Set once the worker is gone: every later call ends with it. */
  private gone: EngineError | undefined;

  constructor(
    private readonly worker: Worker,
    private known: EngineInfo,
    private readonly abortCells: Int32Array,
    onCacheChange: EngineOptions['onCacheChange'],
  ) {
    worker.on('message', (message: ReplyMessage | CacheMessage) => {
      if ('cacheChange' in message) onCacheChange?.(message.cacheChange);
      else this.settle(message);
    });
    worker.on('error', (error) => this.fail(new EngineError('internal', `the engine broke: ${error.message}`)));
    worker.on('exit', () => this.fail(new EngineError('internal', 'the engine ended unexpectedly')));
  }

  info(): EngineInfo {
    return this.known;
  }

  open: Engine['open'] = (key) => this.call('open', key);
  prefill: Engine['prefill'] = (request, signal) => this.call('prefill', request, signal);
  draftBlock: Engine['draftBlock'] = (request, signal) => this.call('draftBlock', request, signal);
  scoreBlocks: Engine['scoreBlocks'] = (requests, signal) => this.call('scoreBlocks', requests, signal);
  drawFromTail: Engine['drawFromTail'] = (key, index) => this.call('drawFromTail', { key, index });
  close: Engine['close'] = (key) => this.call('close', key);

  async dispose(): Promise<void> {
    if (this.gone !== undefined) return;
    // After the pass that is running; ends the pending calls, then the thread.
    const released = this.call('release', undefined).catch(() => undefined);
    await released;
    this.fail(new EngineError('disposed', 'the engine is disposed of'));
    await this.worker.terminate();
  }

  private call<Name extends CallName>(
    name: Name,
    args: Calls[Name]['args'],
    signal?: AbortSignal,
  ): Promise<Calls[Name]['result']> {
    if (this.gone !== undefined) return Promise.reject(this.gone);
    if (signal?.aborted === true) return Promise.reject(new EngineError('aborted', 'the caller gave up'));
    const id = this.nextId++;
    const abortCell = signal === undefined ? -1 : (this.freeCells.pop() ?? -1);
    const abort = () => {
      if (abortCell >= 0) Atomics.store(this.abortCells, abortCell, 1);
    };
    signal?.addEventListener('abort', abort, { once: true });
    const settled = new Promise<unknown>((resolve, reject) => this.pending.set(id, { resolve, reject }));
    const sentAt = performance.timeOrigin + performance.now();
    const message: CallOf<Name> = { id, name, args, abortCell, sentAt };
    this.worker.postMessage(message);
    return settled.finally(() => {
      signal?.removeEventListener('abort', abort);
      if (abortCell < 0) return;
      Atomics.store(this.abortCells, abortCell, 0);
      this.freeCells.push(abortCell);
    }) as Promise<Calls[Name]['result']>;
  }

  private settle(message: ReplyMessage): void {
    this.known = { ...this.known, ...message.use };
    const pending = this.pending.get(message.id);
    this.pending.delete(message.id);
    if ('error' in message) pending?.reject(revive(message.error));
    else pending?.resolve(message.result);
  }

  private fail(error: EngineError): void {
    if (this.gone !== undefined) return;
    this.gone = error;
    for (const pending of this.pending.values()) pending.reject(error);
    this.pending.clear();
  }
}

function revive({ code, message, field }: PlainError): EngineError {
  return new EngineError(code, message, field);
}
