/** An engine's own thread: a local engine behind messages. */
import { parentPort, workerData } from 'node:worker_threads';
import { asEngineError } from './engine-error.js';
import { LocalEngine } from './local-engine.js';
import type { CallMessage, FailedMessage, PlainError, ReadyMessage, ReplyMessage, WorkerOptions } from './protocol.js';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread');
const { options, abortCells } = workerData as WorkerOptions;
const aborted = new Int32Array(abortCells);

function reply(message: ReplyMessage): void {
  port?.postMessage(message);
}

function plain(reason: unknown): PlainError {
  const { code, message, field } = asEngineError(reason);
  return { code, message, field };
}

async function serve(engine: LocalEngine, message: CallMessage): Promise<void> {
  const { id, abortCell } = message;
  const isAborted = () => abortCell >= 0 && Atomics.load(aborted, abortCell) === 1;
  try {
    const result =
      message.name === 'release' ? await engine.dispose() : await engine.call(message.name, message.args, isAborted);
    reply({ id, result, slotsInUse: engine.info().slotsInUse });
  } catch (reason) {
    reply({ id, error: plain(reason), slotsInUse: engine.info().slotsInUse });
  }
}

try {
  const engine = await LocalEngine.load(options);
  const { vocabularySize, contextLength, endTokenIds } = engine.info();
  port.on('message', (message: CallMessage) => void serve(engine, message));
  port.postMessage({ ready: true, vocabularySize, contextLength, endTokenIds } satisfies ReadyMessage);
} catch (reason) {
  port.postMessage({ ready: false, error: plain(reason) } satisfies FailedMessage);
}
