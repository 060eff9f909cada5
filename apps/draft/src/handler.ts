import {
  decodeDraftRequest,
  encodeDraftKind,
  encodeDraftReply,
  encodeModel,
  encodeReplicaStatus,
  invalidArgument,
  wire,
} from '@outrider/contracts';
import { type CallContext, type ServerStream, type Service, defineService } from '@outrider/rpc';
import { fromEngine } from './engine-error.js';
import { readAhead } from './read-ahead.js';
import { type Replica, checkOpen } from './replica.js';
import { serveCommands } from './session.js';

type DraftStream = ServerStream<wire.DraftRequest, wire.DraftResponse>;

/** DraftService over one replica. */
export function draftService(replica: Replica): Service {
  return defineService(wire.DraftServiceService, {
    getModel: async () => ({
      model: encodeModel(replica.model),
      kinds: replica.kinds.map(encodeDraftKind),
      replica: encodeReplicaStatus(replica.status()),
    }),
    draft: (stream, context) => serveStream(stream, context, replica),
  });
}

/** One stream is one session: its slot is claimed by the first message and freed with the stream, however it ends. */
async function serveStream(stream: DraftStream, { signal }: CallContext, replica: Replica): Promise<void> {
  const { engine, kinds, serving, vocabulary } = replica;
  const requests = readAhead(stream);
  const first = await requests.take();
  if (first === undefined) return;
  const command = decodeDraftRequest(first, vocabulary);
  if (command.type !== 'open') throw invalidArgument('open', 'must be the first message');
  const { open } = command;
  checkOpen(replica, open);

  const { sessionId, fence, draftKind = kinds[0] } = open;
  const { cachedLength } = await fromEngine(
    'open',
    engine.open({ sessionId, fence, constraint: open.sampling.constraint, draftKind, tokens: open.tokens }),
  );
  serving.set(sessionId, fence);
  try {
    await stream.send(encodeDraftReply({ type: 'opened', cachedLength, queueMs: 0 }));
    await serveCommands({ open, cachedLength, requests, stream, signal, replica });
  } finally {
    if (serving.get(sessionId) === fence) serving.delete(sessionId);
    await engine.close({ sessionId, fence });
  }
}
