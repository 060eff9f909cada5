/** The engine's thread: one loaded model, one call at a time; long prefills let other calls in between chunks. */
import { parentPort, workerData } from 'node:worker_threads';
import { graphSignature } from '@outrider/models';
import { type Workshop, beginAppending } from './block.js';
import { draftBlock } from './draft-block.js';
import { forward } from './forward.js';
import { KvCache } from './kv-cache.js';
import { loadModel } from './model.js';
import { EngineError, type PrefillRequest, type PrefillResult } from './port.js';
import type { CallMessage, FailedMessage, PlainError, ReadyMessage, WorkerOptions } from './protocol.js';
import { drawFromTail, scoreBlocks } from './score-blocks.js';
import { SessionTable } from './sessions.js';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread');
const { options, abortCells } = workerData as WorkerOptions;
const aborted = new Int32Array(abortCells);

/** A call in the queue. `prefilled` is what a prefill has done in the turns it had so far. */
interface Waiting {
  readonly message: CallMessage;
  prefilled?: { readonly done: number; readonly computeMs: number };
}

const queue: Waiting[] = [];
let running = false;

async function openWorkshop(): Promise<Workshop> {
  const model = await loadModel(options.modelDirectory, options.threads);
  const cache = new KvCache(model.architecture);
  const contextLength = Math.min(options.contextLength ?? Infinity, model.architecture.contextLength);
  return {
    model,
    cache,
    sessions: new SessionTable(cache, options.slots),
    contextLength,
    maxCandidates: options.maxCandidates,
  };
}

async function answerAll(workshop: Workshop): Promise<void> {
  if (running) return;
  running = true;
  for (let waiting = queue.shift(); waiting !== undefined; waiting = queue.shift()) {
    const { id } = waiting.message;
    try {
      const result = await answer(workshop, waiting);
      if (result === UNFINISHED) {
        queue.push(waiting);
        // Lets the messages that came in meanwhile join the queue.
        await new Promise(setImmediate);
      } else port?.postMessage({ id, result, slotsInUse: workshop.sessions.inUse });
    } catch (reason) {
      port?.postMessage({ id, error: plain(reason), slotsInUse: workshop.sessions.inUse });
    }
  }
  running = false;
}

const UNFINISHED = Symbol('unfinished');

async function answer(workshop: Workshop, waiting: Waiting): Promise<unknown> {
  const { message } = waiting;
  const isAborted = () => message.abortCell >= 0 && Atomics.load(aborted, message.abortCell) === 1;
  switch (message.name) {
    case 'open':
      return { cachedLength: workshop.sessions.claim(message.args).slot.length };
    case 'close':
      workshop.sessions.release(message.args);
      return undefined;
    case 'prefill':
      refuseAborted(isAborted);
      return await prefillChunk(workshop, waiting, message.args);
    case 'draftBlock':
      refuseAborted(isAborted);
      return await draftBlock(workshop, message.args, isAborted);
    case 'scoreBlocks':
      refuseAborted(isAborted);
      return await scoreBlocks(workshop, message.args);
    case 'drawFromTail': {
      const { key, index } = message.args;
      return drawFromTail(workshop, key, index);
    }
    case 'release':
      await workshop.model.session.release();
      return undefined;
  }
}

function refuseAborted(isAborted: () => boolean): void {
  if (isAborted()) throw new EngineError('aborted', 'the caller gave up');
}

/** One block's worth of a prefill. */
async function prefillChunk(
  workshop: Workshop,
  waiting: Waiting,
  request: PrefillRequest,
): Promise<PrefillResult | typeof UNFINISHED> {
  const started = performance.now();
  const { done, computeMs } = waiting.prefilled ?? { done: 0, computeMs: 0 };
  const session = done === 0 ? beginAppending(workshop, request) : workshop.sessions.find(request);
  const { slot } = session;
  if (slot.length !== request.keepLength + done) {
    throw new EngineError('aborted', 'another call changed the session during its prefill');
  }
  const size = graphSignature.BLOCK_TOKENS - (slot.length % graphSignature.BLOCK_TOKENS);
  const tokens = request.tokens.slice(done, done + size);
  await forward(workshop.model, workshop.cache, [{ slot, tokens, scored: 0, temperature: 1, lawSize: 0 }]);
  const spent = computeMs + performance.now() - started;
  waiting.prefilled = { done: done + tokens.length, computeMs: spent };
  if (done + tokens.length < request.tokens.length) return UNFINISHED;
  return { kvLength: slot.length, computeMs: spent };
}

function plain(reason: unknown): PlainError {
  if (reason instanceof EngineError) return { code: reason.code, message: reason.message, field: reason.field };
  return { code: 'internal', message: reason instanceof Error ? reason.message : String(reason) };
}

try {
  const workshop = await openWorkshop();
  const { architecture, endTokenIds } = workshop.model;
  const { vocabularySize } = architecture;
  port.on('message', (message: CallMessage) => {
    queue.push({ message });
    void answerAll(workshop);
  });
  port.postMessage({
    ready: true,
    vocabularySize,
    contextLength: workshop.contextLength,
    endTokenIds,
  } satisfies ReadyMessage);
} catch (reason) {
  port.postMessage({ ready: false, error: plain(reason) } satisfies FailedMessage);
}
