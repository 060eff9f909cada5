import { OutriderError } from '@outrider/contracts';
import type { TokenId } from '@outrider/speculation';
import type { DraftClient } from './draft-client.js';

/**
 * A draft that is opened when it is first asked: a policy that has learned that drafting loses may never ask. What is
 * committed by then comes to its cache with the first block, as far as it is not there.
 *
 * `open` opens it with these tokens, and gives up what it has not finished when it is abandoned; it has `timeoutMs`.
 */
export function lazyDraft(
  timeoutMs: number,
  open: (committed: readonly TokenId[], abandoned: AbortSignal) => Promise<DraftClient>,
): DraftClient {
  const abandon = new AbortController();
  let client: DraftClient | undefined;
  let failure: OutriderError | undefined;

  const openNow = async (committed: readonly TokenId[]): Promise<DraftClient> => {
    const late = new OutriderError('deadline_exceeded', `the draft was not ready within ${timeoutMs} ms`);
    const timer = setTimeout(() => abandon.abort(late), timeoutMs);
    const abandoned = new Promise<never>((_, reject) => {
      abandon.signal.addEventListener('abort', () => reject(OutriderError.from(abandon.signal.reason)), { once: true });
    });
    try {
      const opening = open(committed, abandon.signal);
      // Who comes too late is not left open.
      opening.then((late) => abandon.signal.aborted && late.cancel()).catch(() => undefined);
      return await Promise.race([opening, abandoned]);
    } catch (error) {
      failure ??= OutriderError.from(error);
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    cachedLength: 0,
    prefill: () => Promise.reject(new OutriderError('internal', 'a draft that is not open takes nothing in')),
    async propose(at, limits) {
      if (failure) throw failure;
      if (client) return client.propose(at, limits);
      // Nothing is held yet: these are all.
      client = await openNow(at.tokens);
      const keepLength = Math.min(client.cachedLength, at.tokens.length - 1);
      return client.propose({ ...at, keepLength, tokens: at.tokens.slice(keepLength) }, limits);
    },
    failure: () => failure ?? client?.failure(),
    giveUp(reason) {
      if (client) client.giveUp(reason);
      else failure ??= OutriderError.from(reason);
    },
    finish: async (milliseconds) => client?.finish(milliseconds),
    cancel() {
      abandon.abort(new OutriderError('cancelled', 'the generation is over'));
      client?.cancel();
    },
  };
}
