import {
  decodeVerifyRequest,
  encodeModel,
  encodeReplicaStatus,
  encodeVerifyReply,
  invalidArgument,
  wire,
} from '@outrider/contracts';
import { type CallContext, type ServerStream, type Service, defineService } from '@outrider/rpc';
import { fromEngine } from './engine-error.js';
import { type Replica, checkOpen } from './replica.js';
import { serveCommands } from './session.js';

type VerifyStream = ServerStream<wire.VerifyRequest, wire.VerifyResponse>;

/** TargetService over one replica. */
export function targetService(replica: Replica): Service {
  return defineService(wire.TargetServiceService, {
    getModel: async () => ({ model: encodeModel(replica.model), replica: encodeReplicaStatus(replica.status()) }),
    verify: (stream, context) => serveStream(stream, context, replica),
  });
}

/** One stream is one session: its slot is claimed by the first message and freed with the stream, however it ends. */
async function serveStream(stream: VerifyStream, { signal }: CallContext, replica: Replica): Promise<void> {
  const { engine, serving, vocabulary } = replica;
  const first = await stream.next();
  if (first === undefined) return;
  const command = decodeVerifyRequest(first, vocabulary);
  if (command.type !== 'open') throw invalidArgument('open', 'must be the first message');
  const { open } = command;
  checkOpen(replica, open);

  const { sessionId, fence } = open;
  const { cachedLength } = await fromEngine(
    'open',
    engine.open({ sessionId, fence, constraint: open.sampling.constraint, tokens: open.tokens }),
  );
  serving.set(sessionId, fence);
  try {
    await stream.send(encodeVerifyReply({ type: 'opened', cachedLength, queueMs: 0 }));
    await serveCommands({ open, cachedLength, stream, signal, replica });
  } finally {
    if (serving.get(sessionId) === fence) serving.delete(sessionId);
    await engine.close({ sessionId, fence });
  }
}
