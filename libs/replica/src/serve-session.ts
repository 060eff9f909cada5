import { OutriderError, type SessionOpened } from '@outrider/contracts';
import type { OpenRequest } from '@outrider/inference';
import type { CallContext } from '@outrider/rpc';
import { fromEngine } from './engine-error.js';
import type { Replica } from './replica.js';
import type { ServedSession } from './served-sessions.js';

/** What a session is opened with. */
export interface SessionRequest extends OpenRequest {
  /** The replica's tokenizer must have it. */
  readonly tokenizerFingerprint: string | undefined;
}

/** The part of a call that a session depends on. */
export type SessionCall = Pick<CallContext, 'signal' | 'deadline' | 'stop'>;

/**
 * Opens a session in a slot of its own, for which it may have to wait, and serves it. However that ends, the slot is
 * free when this settles.
 *
 * A session that another stream serves, or waits to serve, is taken over under a newer fence: that stream ends with
 * `stale_fence`, and its slot goes to this one past those who wait.
 *
 * Errors: unavailable while the replica drains; fingerprint_mismatch; session_busy under the same fence; stale_fence;
 * resource_exhausted when the queue is full; what `serve` rejects with.
 */
export async function serveSession(
  replica: Replica,
  request: SessionRequest,
  call: SessionCall,
  serve: (opened: SessionOpened) => Promise<void>,
): Promise<void> {
  const { engine, sessions } = replica;
  const { tokenizerFingerprint, ...toOpen } = request;
  const { sessionId, fence } = request;
  replica.checkTaking();
  checkTokenizer(replica, tokenizerFingerprint);
  const earlier = sessions.find(sessionId);
  if (earlier) checkFence(earlier, sessionId, fence);

  let leave = (): void => undefined;
  const over = new Promise<void>((resolve) => (leave = resolve));
  const own: ServedSession = { fence, place: undefined, stop: call.stop, over };
  sessions.put(sessionId, own);
  let inEngine = false;
  try {
    if (earlier) await takeOver(earlier, own);
    // This one may have been taken over itself.
    call.signal.throwIfAborted();
    let queueMs = 0;
    if (own.place === undefined) {
      own.place = await replica.admission.enter(call);
      ({ queueMs } = own.place);
      call.signal.throwIfAborted();
    }
    inEngine = true;
    const { cachedLength } = await fromEngine('open', engine.open(toOpen));
    await serve({ cachedLength, queueMs });
  } finally {
    try {
      if (inEngine) await engine.close({ sessionId, fence });
    } finally {
      own.place?.release();
      sessions.remove(sessionId, own);
      leave();
    }
  }
}

function checkTokenizer({ model }: Replica, expected: string | undefined): void {
  if (expected === undefined || expected === model.tokenizerFingerprint) return;
  const problem = `the tokenizer of ${model.name} is ${model.tokenizerFingerprint}, not ${expected}`;
  throw new OutriderError('fingerprint_mismatch', problem, { field: 'open.tokenizer_fingerprint' });
}

function checkFence(earlier: ServedSession, sessionId: string, fence: bigint): void {
  if (fence === earlier.fence) {
    throw new OutriderError('session_busy', `another stream serves session ${sessionId} under this fence`);
  }
  if (fence < earlier.fence) {
    throw new OutriderError('stale_fence', `another stream serves session ${sessionId} under a newer fence`);
  }
}

/** Ends the earlier stream, and resolves when the engine is rid of it: the slot is never used by two. */
async function takeOver(earlier: ServedSession, own: ServedSession): Promise<void> {
  own.place = earlier.place;
  earlier.place = undefined;
  earlier.stop(new OutriderError('stale_fence', 'another stream took the session over under a newer fence'));
  await earlier.over;
}
