import {
  type DraftBlockCommand,
  type DraftEvent,
  type OpenSession,
  type Prefill,
  decodeDraftRequest,
  encodeDraftReply,
  invalidArgument,
  type wire,
} from '@outrider/contracts';
import { type Replica, type Turns, fromEngine } from '@outrider/replica';
import type { DraftBlock } from '@outrider/speculation';
import type { Requests } from './read-ahead.js';

/** An open session and everything its commands need. */
export interface Session {
  readonly open: OpenSession;
  /** Tokens the cache held when the session was opened. */
  readonly cachedLength: number;
  readonly requests: Requests;
  readonly stream: { send(message: wire.DraftResponse): Promise<void> };
  readonly signal: AbortSignal;
  readonly turns: Turns;
  readonly replica: Replica;
}

/** Serves (prefill | block)* until the client ends the stream; one command at a time, in order. */
export async function serveCommands(session: Session): Promise<void> {
  const { requests, stream, turns, replica } = session;
  const send = (event: DraftEvent): Promise<void> => {
    turns.theirs();
    return stream.send(encodeDraftReply(event));
  };
  let held = session.cachedLength;
  for (let request = await requests.take(); request !== undefined; request = await requests.take()) {
    turns.ours();
    const command = decodeDraftRequest(request, replica.vocabulary);
    switch (command.type) {
      case 'open':
        throw invalidArgument('open', 'may come once, as the first message');
      case 'prefill': {
        checkKeepLength(command.prefill.keepLength, held, 'prefill');
        const prefilled = await prefill(session, command.prefill);
        held = prefilled.kvLength;
        await send({ type: 'prefilled', prefilled });
        break;
      }
      case 'block': {
        const { round, keepLength } = command.block.at;
        checkKeepLength(keepLength, held, 'block');
        const { tokens, ...end } = await draft(session, command.block);
        held = end.kvLength;
        await send({ type: 'block_end', round, tokens, end });
        break;
      }
      case 'stop':
        // The block it is for has ended by itself.
        turns.theirs();
        break;
    }
  }
}

function prefill({ open, replica, signal }: Session, { keepLength, tokens }: Prefill) {
  const { sessionId, fence } = open;
  return fromEngine('prefill', replica.engine.prefill({ sessionId, fence, keepLength, tokens }, signal));
}

/** Drafts one block, which ends early when a stop for its round arrives or the stream is given up. */
async function draft(session: Session, { at, limits }: DraftBlockCommand): Promise<DraftBlock> {
  const { open, replica, requests, signal } = session;
  const { acceptance, fence, promptTokens, sampling, sessionId } = open;
  const { keepLength, round, tokens } = at;
  const stop = new AbortController();
  const stopNow = (): void => stop.abort();
  if (signal.aborted) stopNow();
  signal.addEventListener('abort', stopNow, { once: true });

  let running = true;
  const watchForStop = async (): Promise<void> => {
    for (;;) {
      const next = (await requests.peek())?.message;
      if (!running || next?.$case !== 'stop') return;
      await requests.take();
      if (next.value.round === round) stopNow();
    }
  };
  // A failing stream aborts the signal; the watch has nothing to add.
  watchForStop().catch(() => undefined);

  try {
    const request = { sessionId, fence, sampling, promptTokens, acceptance, keepLength, tokens, limits };
    return await fromEngine('block', replica.engine.draftBlock(request, stop.signal));
  } finally {
    running = false;
    signal.removeEventListener('abort', stopNow);
  }
}

function checkKeepLength(keepLength: number, held: number, message: string): void {
  if (keepLength > held) throw invalidArgument(`${message}.keep_length`, `is ${keepLength}, the cache holds ${held}`);
}
