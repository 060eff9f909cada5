import {
  type OpenSession,
  type Prefill,
  type VerifyBlockCommand,
  type VerifyEvent,
  decodeVerifyRequest,
  encodeVerifyReply,
  invalidArgument,
  type wire,
} from '@outrider/contracts';
import type { Engine } from '@outrider/inference';
import { type Replica, type Turns, fromEngine } from '@outrider/replica';
import type { ServerStream } from '@outrider/rpc';
import type { BlockScores } from '@outrider/speculation';

/** An open session and everything its commands need. */
export interface Session {
  readonly open: OpenSession;
  /** Tokens the cache held when the session was opened. */
  readonly cachedLength: number;
  readonly stream: ServerStream<wire.VerifyRequest, wire.VerifyResponse>;
  readonly signal: AbortSignal;
  readonly turns: Turns;
  readonly replica: Replica<Engine>;
}

/** The block a tail may be drawn from. */
interface LastScored {
  readonly round: number;
  readonly positions: number;
}

/** Serves (prefill | block | tail)* until the client ends the stream; one command at a time, in order. */
export async function serveCommands(session: Session): Promise<void> {
  const { open, replica, stream, turns } = session;
  const key = { sessionId: open.sessionId, fence: open.fence };
  const send = (event: VerifyEvent): Promise<void> => {
    turns.theirs();
    return stream.send(encodeVerifyReply(event));
  };
  let held = session.cachedLength;
  let last: LastScored | undefined;
  for (let request = await stream.next(); request !== undefined; request = await stream.next()) {
    turns.ours();
    const command = decodeVerifyRequest(request, replica.vocabulary);
    switch (command.type) {
      case 'open':
        throw invalidArgument('open', 'may come once, as the first message');
      case 'prefill': {
        checkKeepLength(command.prefill.keepLength, held, 'prefill');
        const prefilled = await prefill(session, command.prefill);
        held = prefilled.kvLength;
        last = undefined;
        await send({ type: 'prefilled', prefilled });
        break;
      }
      case 'block': {
        const { round, keepLength } = command.block.at;
        checkKeepLength(keepLength, held, 'block');
        const scores = await score(session, command.block);
        held = scores.kvLength;
        last = { round, positions: scores.positions.length };
        await send({ type: 'scored', round, scores });
        break;
      }
      case 'tail': {
        const { round, index } = command;
        checkTail(round, index, last);
        const drawn = await fromEngine('tail', replica.engine.drawFromTail(key, index));
        await send({ type: 'tail_drawn', round, index, ...drawn });
        break;
      }
    }
  }
}

function prefill({ open, replica, signal }: Session, { keepLength, tokens }: Prefill) {
  const { sessionId, fence } = open;
  return fromEngine('prefill', replica.engine.prefill({ sessionId, fence, keepLength, tokens }, signal));
}

async function score({ open, replica, signal }: Session, { at, draft }: VerifyBlockCommand): Promise<BlockScores> {
  const { fence, logprobs, promptTokens, sampling, sessionId } = open;
  const { keepLength, tokens } = at;
  const request = { sessionId, fence, sampling, promptTokens, logprobs, keepLength, tokens, draft };
  const [scores] = await fromEngine('block', replica.engine.scoreBlocks([request], signal));
  if (!scores) throw new Error('the engine answered no scores for one block');
  return scores;
}

function checkKeepLength(keepLength: number, held: number, message: string): void {
  if (keepLength > held) throw invalidArgument(`${message}.keep_length`, `is ${keepLength}, the cache holds ${held}`);
}

function checkTail(round: number, index: number, last: LastScored | undefined): void {
  if (round !== last?.round) throw invalidArgument('tail.round', 'is not the round that was scored last');
  if (index >= last.positions) throw invalidArgument('tail.index', `is ${index}, the round has ${last.positions}`);
}
