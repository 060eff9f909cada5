/**
 * One loaded model and its sessions, in the thread that calls it: one call at a time, in their order, except that a
 * long prefill lets other calls in between its chunks. A pass blocks the thread.
 */
import { graphSignature } from '@outrider/models';
import { type Workshop, beginAppending } from './block.js';
import { constraintCompiler } from './constraints.js';
import { draftBlock } from './draft-block.js';
import { asEngineError } from './engine-error.js';
import { forward } from './forward.js';
import { KvCache } from './kv-cache.js';
import { loadModel } from './model.js';
import { closeSession, keepPrefix, openSession } from './open-session.js';
import { type Engine, EngineError, type EngineInfo, type EngineOptions, type PrefillRequest } from './port.js';
import { createPrefixCache } from './prefix-cache/prefix-cache.js';
import type { CallName, Calls } from './protocol.js';
import { drawFromTail, scoreBlocks } from './score-blocks.js';
import { SessionTable } from './session-table.js';
import type { EngineSession } from './sessions.js';

/** A call in the queue. `prefilled` is what a prefill has done in the turns it had so far. */
interface Waiting {
  readonly call: NamedCall;
  readonly isAborted: () => boolean;
  resolve(result: unknown): void;
  reject(reason: unknown): void;
  prefilled?: { readonly done: number; readonly computeMs: number };
}

type CallableName = Exclude<CallName, 'release'>;
type NamedCall = { [Name in CallableName]: { readonly name: Name; readonly args: Calls[Name]['args'] } }[CallableName];

const UNFINISHED = Symbol('unfinished');
const never = (): boolean => false;

export class LocalEngine implements Engine {
  private readonly queue: Waiting[] = [];
  /** Until the queue is empty. */
  private answering: Promise<void> | undefined;
  private disposal: Promise<void> | undefined;

  private constructor(
    private readonly workshop: Workshop,
    private readonly slots: number,
  ) {}

  /** Errors: those of opening the model folder and of onnxruntime. */
  static async load(options: EngineOptions): Promise<LocalEngine> {
    const model = await loadModel(options.modelDirectory, options.threads);
    const cache = new KvCache(model.architecture);
    const contextLength = Math.min(options.contextLength ?? Infinity, model.architecture.contextLength);
    const sessions = new SessionTable<EngineSession>(options.slots);
    const constraints = constraintCompiler(options.modelDirectory);
    const { maxCandidates, slots } = options;
    const prefixes = createPrefixCache(model.architecture, cache, options);
    return new LocalEngine({ model, cache, prefixes, sessions, contextLength, maxCandidates, constraints }, slots);
  }

  info(): EngineInfo {
    const { contextLength, model, prefixes, sessions } = this.workshop;
    const { architecture, endTokenIds } = model;
    const { vocabularySize } = architecture;
    const blockTokens = graphSignature.BLOCK_TOKENS;
    const kept = prefixes && { cachedTokens: prefixes.tokens };
    const slots = { slots: this.slots, slotsInUse: sessions.inUse };
    return { vocabularySize, contextLength, endTokenIds, blockTokens, ...slots, ...kept };
  }

  open: Engine['open'] = (key) => this.call('open', key);
  prefill: Engine['prefill'] = (request, signal) => this.call('prefill', request, whetherAborted(signal));
  draftBlock: Engine['draftBlock'] = (request, signal) => this.call('draftBlock', request, whetherAborted(signal));
  scoreBlocks: Engine['scoreBlocks'] = (requests, signal) => this.call('scoreBlocks', requests, whetherAborted(signal));
  drawFromTail: Engine['drawFromTail'] = (key, index) => this.call('drawFromTail', { key, index });
  close: Engine['close'] = (key) => this.call('close', key);

  /** Lets the call that is running end first. */
  dispose(): Promise<void> {
    this.disposal ??= this.end();
    return this.disposal;
  }

  /** Queues a call. `isAborted` is asked before it starts, and between the steps of a draft. */
  call<Name extends CallableName>(
    name: Name,
    args: Calls[Name]['args'],
    isAborted: () => boolean = never,
  ): Promise<Calls[Name]['result']> {
    if (this.disposal !== undefined) return Promise.reject(disposed());
    const settled = new Promise<unknown>((resolve, reject) => {
      this.queue.push({ call: { name, args } as NamedCall, isAborted, resolve, reject });
    });
    this.answering ??= this.answerAll();
    return settled as Promise<Calls[Name]['result']>;
  }

  private async answerAll(): Promise<void> {
    for (let waiting = this.queue.shift(); waiting !== undefined; waiting = this.queue.shift()) {
      try {
        const result = await this.answer(waiting);
        if (result === UNFINISHED) {
          // Lets the calls that came in meanwhile join the queue first.
          await new Promise(setImmediate);
          if (this.disposal === undefined) this.queue.push(waiting);
          else waiting.reject(disposed());
        } else waiting.resolve(result);
      } catch (reason) {
        waiting.reject(asEngineError(reason));
      }
    }
    this.answering = undefined;
  }

  private async answer(waiting: Waiting): Promise<unknown> {
    const { workshop } = this;
    const { call, isAborted } = waiting;
    switch (call.name) {
      case 'open':
        return await openSession(workshop, call.args);
      case 'close':
        return closeSession(workshop, call.args);
      case 'prefill':
        refuseAborted(isAborted);
        return await prefillChunk(workshop, waiting, call.args);
      case 'draftBlock':
        refuseAborted(isAborted);
        return await draftBlock(workshop, call.args, isAborted);
      case 'scoreBlocks':
        refuseAborted(isAborted);
        return await scoreBlocks(workshop, call.args);
      case 'drawFromTail':
        return drawFromTail(workshop, call.args.key, call.args.index);
    }
  }

  private async end(): Promise<void> {
    for (const { reject } of this.queue.splice(0)) reject(disposed());
    await this.answering;
    await this.workshop.model.session.release();
  }
}

function whetherAborted(signal: AbortSignal | undefined): () => boolean {
  return signal === undefined ? never : () => signal.aborted;
}

function refuseAborted(isAborted: () => boolean): void {
  if (isAborted()) throw new EngineError('aborted', 'the caller gave up');
}

function disposed(): EngineError {
  return new EngineError('disposed', 'the engine is disposed of');
}

/** One block's worth of a prefill. */
async function prefillChunk(workshop: Workshop, waiting: Waiting, request: PrefillRequest): Promise<unknown> {
  const started = performance.now();
  const { done, computeMs } = waiting.prefilled ?? { done: 0, computeMs: 0 };
  const session = done === 0 ? beginAppending(workshop, request) : workshop.sessions.find(request);
  const { index, kind, slot } = session;
  if (kind === 'ngram' && index !== undefined) {
    return { kvLength: index.tokens.length, computeMs: performance.now() - started };
  }
  if (slot.length !== request.keepLength + done) {
    throw new EngineError('aborted', 'another call changed the session during its prefill');
  }
  const size = graphSignature.BLOCK_TOKENS - (slot.length % graphSignature.BLOCK_TOKENS);
  const tokens = request.tokens.slice(done, done + size);
  await forward(workshop.model, workshop.cache, [{ slot, tokens, scored: 0, temperature: 1, lawSize: 0 }]);
  keepPrefix(workshop, session);
  const spent = computeMs + performance.now() - started;
  waiting.prefilled = { done: done + tokens.length, computeMs: spent };
  if (done + tokens.length < request.tokens.length) return UNFINISHED;
  return { kvLength: slot.length, computeMs: spent };
}
