import { OutriderError } from '@outrider/contracts';
import type { CallContext } from '@outrider/rpc';

/**
 * The events, made as they are read and never ahead. A client that reads none for `idleMs` has its call stopped, with
 * session_expired, and all that the call holds is freed.
 */
export async function* untilStalled<Event>(
  events: AsyncIterable<Event>,
  idleMs: number,
  { stop }: Pick<CallContext, 'stop'>,
): AsyncGenerator<Event, void, void> {
  const stalled = (): void =>
    stop(new OutriderError('session_expired', `nothing was read for ${idleMs} ms: the generation is over`));
  for await (const event of events) {
    const timer = setTimeout(stalled, idleMs);
    try {
      yield event;
    } finally {
      clearTimeout(timer);
    }
  }
}
