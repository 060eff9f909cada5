import {
  decodeVerifyRequest,
  encodeModel,
  encodeReplicaStatus,
  encodeVerifyReply,
  invalidArgument,
  wire,
} from '@outrider/contracts';
import type { Engine } from '@outrider/inference';
import { type Replica, type Turns, serveSession, takingTurns } from '@outrider/replica';
import { type CallContext, type ServerStream, type Service, defineService } from '@outrider/rpc';
import { serveCommands } from './session.js';

type VerifyStream = ServerStream<wire.VerifyRequest, wire.VerifyResponse>;

/** TargetService over one replica. */
export function targetService(replica: Replica<Engine>): Service {
  return defineService(wire.TargetServiceService, {
    getModel: async () => ({ model: encodeModel(replica.model), replica: encodeReplicaStatus(replica.status()) }),
    verify: (stream, call) =>
      takingTurns(call, replica.streamIdleMs, (turns) => serveStream(stream, call, turns, replica)),
  });
}

/** One stream is one session: its slot is claimed by the first message and freed with the stream, however it ends. */
async function serveStream(
  stream: VerifyStream,
  call: CallContext,
  turns: Turns,
  replica: Replica<Engine>,
): Promise<void> {
  const first = await stream.next();
  turns.ours();
  if (first === undefined) return;
  const command = decodeVerifyRequest(first, replica.vocabulary);
  if (command.type !== 'open') throw invalidArgument('open', 'must be the first message');
  const { open } = command;
  const { sessionId, fence, tokenizerFingerprint, tokens } = open;
  const request = { sessionId, fence, tokenizerFingerprint, tokens, constraint: open.sampling.constraint };
  await serveSession(replica, request, call, async (opened) => {
    turns.theirs();
    await stream.send(encodeVerifyReply({ type: 'opened', ...opened }));
    const { cachedLength } = opened;
    await serveCommands({ open, cachedLength, stream, signal: call.signal, turns, replica });
  });
}
