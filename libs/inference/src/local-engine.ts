/**
 * One loaded model and its sessions, in the thread that calls it. Calls of several sessions share passes (see
 * scheduler.ts); a pass blocks the thread.
 */
import { graphSignature } from '@outrider/models';
import type { Workshop } from './block.js';
import { constraintCompiler, guideFor } from './constraints.js';
import { draftBlock } from './draft-block.js';
import { asEngineError } from './engine-error.js';
import { forward } from './forward.js';
import { KvCache } from './kv-cache.js';
import type { Lane } from './lanes.js';
import { loadModel } from './model.js';
import { closeSession, openSession } from './open-session.js';
import { type Engine, EngineError, type EngineInfo, type EngineOptions, type SessionKey } from './port.js';
import { prefill } from './prefill.js';
import { createPrefixCache } from './prefix-cache/prefix-cache.js';
import type { CallName, Calls } from './protocol.js';
import { Scheduler } from './scheduler.js';
import { drawFromTail, scoreBlocks } from './score-blocks.js';
import { SessionTable } from './session-table.js';
import type { EngineSession } from './sessions.js';
import type { Job, Purpose, Task } from './task.js';

type CallableName = Exclude<CallName, 'release'>;
type NamedCall = { [Name in CallableName]: { readonly name: Name; readonly args: Calls[Name]['args'] } }[CallableName];

/** How a call is being made. */
interface CallOptions {
  /** Asked before it starts, and before each pass for it. */
  readonly isAborted?: (() => boolean) | undefined;
  /** When the call was made, by performance.now() of this thread; unless it is known, now is taken for it. */
  readonly queuedAt?: number | undefined;
}

const BATCH_SESSIONS = 16;
const BATCH_TOKENS = 128;
const never = (): boolean => false;

export class LocalEngine implements Engine {
  private readonly scheduler: Scheduler;
  private disposal: Promise<void> | undefined;

  private constructor(
    private readonly workshop: Workshop,
    private readonly options: EngineOptions,
  ) {
    const { cache, model, sessions } = workshop;
    const { batchSessions = BATCH_SESSIONS, batchTokens = BATCH_TOKENS } = options;
    this.scheduler = new Scheduler({
      maxLanes: batchSessions,
      maxTokens: batchTokens,
      chunkTokens: graphSignature.BLOCK_TOKENS,
      pass: (lanes) => forward(model, cache, lanes),
      undo: (lanes) => restorer(cache, lanes),
      several: () => sessions.inUse > 1,
    });
  }

  /** Errors: those of opening the model folder and of onnxruntime. */
  static async load(options: EngineOptions): Promise<LocalEngine> {
    const model = await loadModel(options.modelDirectory, options.threads);
    const cache = new KvCache(model.architecture);
    const contextLength = Math.min(options.contextLength ?? Infinity, model.architecture.contextLength);
    const sessions = new SessionTable<EngineSession>(options.slots);
    const constraints = constraintCompiler(options.modelDirectory);
    const { maxCandidates } = options;
    const prefixes = createPrefixCache(model.architecture, cache, options);
    return new LocalEngine({ model, cache, prefixes, sessions, contextLength, maxCandidates, constraints }, options);
  }

  info(): EngineInfo {
    const { contextLength, model, prefixes, sessions } = this.workshop;
    const { architecture, endTokenIds } = model;
    const { vocabularySize } = architecture;
    const blockTokens = graphSignature.BLOCK_TOKENS;
    const kept = prefixes && { cachedTokens: prefixes.tokens };
    const slots = { slots: this.options.slots, slotsInUse: sessions.inUse };
    return { vocabularySize, contextLength, endTokenIds, blockTokens, ...slots, ...kept };
  }

  open: Engine['open'] = (key) => this.call('open', key);
  prefill: Engine['prefill'] = (request, signal) => this.call('prefill', request, abortedBy(signal));
  draftBlock: Engine['draftBlock'] = (request, signal) => this.call('draftBlock', request, abortedBy(signal));
  scoreBlocks: Engine['scoreBlocks'] = (requests, signal) => this.call('scoreBlocks', requests, abortedBy(signal));
  drawFromTail: Engine['drawFromTail'] = (key, index) => this.call('drawFromTail', { key, index });
  close: Engine['close'] = (key) => this.call('close', key);

  /** Lets the pass that is running end first. */
  dispose(): Promise<void> {
    this.disposal ??= this.end();
    return this.disposal;
  }

  call<Name extends CallableName>(
    name: Name,
    args: Calls[Name]['args'],
    options: CallOptions = {},
  ): Promise<Calls[Name]['result']> {
    const call = { name, args } as NamedCall;
    const result: Promise<unknown> = this.answer(call, options).catch((reason: unknown) => {
      throw asEngineError(reason);
    });
    return result as Promise<Calls[Name]['result']>;
  }

  private answer(call: NamedCall, options: CallOptions): Promise<unknown> {
    const { scheduler, workshop } = this;
    const { isAborted = never } = options;
    const queuedAt = options.queuedAt ?? performance.now();
    const asked = { isAborted, askedAt: options.queuedAt };
    switch (call.name) {
      case 'open':
        // Compiled before: no pass has to wait for it.
        return guideFor(call.args.constraint, workshop.constraints).then((guide) =>
          scheduler.between(call.args.sessionId, () => openSession(workshop, call.args, guide)),
        );
      case 'close':
        return scheduler.between(call.args.sessionId, () => closeSession(workshop, call.args));
      case 'prefill':
        return this.submit('text', [call.args], asked, () => prefill(workshop, call.args));
      case 'draftBlock':
        return this.submit('block', [call.args], asked, () => draftBlock(workshop, call.args, isAborted));
      case 'scoreBlocks':
        return this.submit('block', call.args, asked, () => scoreBlocks(workshop, call.args, queuedAt));
      case 'drawFromTail': {
        const { index, key } = call.args;
        return this.submit('draw', [key], asked, () => withoutPass(() => drawFromTail(workshop, key, index)));
      }
    }
  }

  private submit(
    purpose: Purpose,
    keys: readonly SessionKey[],
    asked: Pick<Job, 'isAborted' | 'askedAt'>,
    start: () => Task<unknown>,
  ): Promise<unknown> {
    const { sessions } = this.workshop;
    let held: readonly EngineSession[] = [];
    return new Promise((resolve, reject) => {
      this.scheduler.submit({
        purpose,
        sessionIds: keys.map(({ sessionId }) => sessionId),
        begin: () => {
          held = keys.map((key) => sessions.find(key));
          return start();
        },
        refusal: () => refusalOf(sessions, keys, held),
        ...asked,
        resolve,
        reject,
      });
    });
  }

  private async end(): Promise<void> {
    await this.scheduler.end(new EngineError('disposed', 'the engine is disposed of'));
    await this.workshop.model.session.release();
  }
}

function abortedBy(signal: AbortSignal | undefined): CallOptions {
  return signal === undefined ? {} : { isAborted: () => signal.aborted };
}

/** Why a task cannot go on in its sessions, once others have opened or closed them. */
function refusalOf(
  sessions: SessionTable<EngineSession>,
  keys: readonly SessionKey[],
  held: readonly EngineSession[],
): EngineError | undefined {
  try {
    const isSame = keys.every((key, i) => sessions.find(key) === held[i]);
    return isSame ? undefined : new EngineError('aborted', 'the session was opened again meanwhile', 'session_id');
  } catch (reason) {
    return asEngineError(reason);
  }
}

/** A task that wants no pass. */
function* withoutPass<T>(work: () => T): Task<T> {
  yield* [];
  return work();
}

/** Brings the lanes' caches back to what they hold now. */
function restorer(cache: KvCache, lanes: readonly Lane[]): () => void {
  const lengths = lanes.map(({ slot }) => slot.length);
  return () => lanes.forEach(({ slot }, i) => cache.truncate(slot, lengths[i] as number));
}
