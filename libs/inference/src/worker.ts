/** An engine's own thread: a local engine behind messages. */
import { parentPort, workerData } from 'node:worker_threads';
import { asEngineError } from './engine-error.js';
import { LocalEngine } from './local-engine.js';
import type { CacheChange } from './port.js';
import type {
  CacheMessage,
  CallMessage,
  EngineUse,
  FailedMessage,
  PlainError,
  ReadyMessage,
  ReplyMessage,
  WorkerOptions,
} from './protocol.js';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread');
const { options, abortCells, reportsCache } = workerData as WorkerOptions;
const aborted = new Int32Array(abortCells);

function reply(message: ReplyMessage): void {
  port?.postMessage(message);
}

function plain(reason: unknown): PlainError {
  const { code, message, field } = asEngineError(reason);
  return { code, message, field };
}

function report(cacheChange: CacheChange): void {
  port?.postMessage({ cacheChange } satisfies CacheMessage);
}

function useOf(engine: LocalEngine): EngineUse {
  const { cachedTokens, slotsInUse } = engine.info();
  return cachedTokens === undefined ? { slotsInUse } : { slotsInUse, cachedTokens };
}

async function serve(engine: LocalEngine, message: CallMessage): Promise<void> {
  const { id, abortCell, sentAt } = message;
  const isAborted = () => abortCell >= 0 && Atomics.load(aborted, abortCell) === 1;
  // The threads' clocks began at different times.
  const options = { isAborted, queuedAt: sentAt - performance.timeOrigin };
  try {
    const result =
      message.name === 'release' ? await engine.dispose() : await engine.call(message.name, message.args, options);
    reply({ id, result, use: useOf(engine) });
  } catch (reason) {
    reply({ id, error: plain(reason), use: useOf(engine) });
  }
}

try {
  const engine = await LocalEngine.load(reportsCache ? { ...options, onCacheChange: report } : options);
  port.on('message', (message: CallMessage) => void serve(engine, message));
  port.postMessage({ ready: true, info: engine.info() } satisfies ReadyMessage);
} catch (reason) {
  port.postMessage({ ready: false, error: plain(reason) } satisfies FailedMessage);
}
