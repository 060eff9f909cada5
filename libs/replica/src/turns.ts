import { OutriderError } from '@outrider/contracts';
import type { CallContext } from '@outrider/rpc';

/** Whose turn it is on a stream. Both calls are cheap: they are made in every round. */
export interface Turns {
  /** The service works on what the client said, which may be silent meanwhile. */
  ours(): void;
  /** The client may read what was sent to it, and say more. */
  theirs(): void;
}

/**
 * Serves a stream for as long as its client takes its turns in time: when it lets `idleMs` pass without, be it that it
 * says nothing or that it does not read, the call is stopped with `session_expired`. The first turn is the client's.
 */
export async function takingTurns(
  { stop }: Pick<CallContext, 'stop'>,
  idleMs: number,
  serve: (turns: Turns) => Promise<void>,
): Promise<void> {
  let theirsSince: number | undefined = performance.now();
  // One timer for the whole stream, which looks what has happened when it fires, costs a round nothing.
  const look = (): void => {
    const idleFor = theirsSince === undefined ? 0 : performance.now() - theirsSince;
    if (idleFor >= idleMs) stop(new OutriderError('session_expired', `nothing was heard for ${idleMs} ms`));
    else timer = setTimeout(look, Math.ceil(idleMs - idleFor));
  };
  let timer = setTimeout(look, idleMs);
  try {
    await serve({
      ours: () => void (theirsSince = undefined),
      theirs: () => void (theirsSince = performance.now()),
    });
  } finally {
    clearTimeout(timer);
  }
}
