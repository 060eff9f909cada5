import {
  OutriderError,
  decodeDraftRequest,
  encodeDraftKind,
  encodeDraftReply,
  encodeModel,
  encodeReplicaStatus,
  invalidArgument,
  wire,
} from '@outrider/contracts';
import { type Replica, type Turns, serveSession, takingTurns } from '@outrider/replica';
import { type CallContext, type ServerStream, type Service, defineService } from '@outrider/rpc';
import type { DraftKind } from '@outrider/speculation';
import { readAhead } from './read-ahead.js';
import { serveCommands } from './session.js';

type DraftStream = ServerStream<wire.DraftRequest, wire.DraftResponse>;

/** What a replica can draft with; the first is what it does when a session asks for none. */
export type DraftKinds = readonly [DraftKind, ...DraftKind[]];

/** DraftService over one replica. */
export function draftService(replica: Replica, kinds: DraftKinds): Service {
  return defineService(wire.DraftServiceService, {
    getModel: async () => ({
      model: encodeModel(replica.model),
      kinds: kinds.map(encodeDraftKind),
      replica: encodeReplicaStatus(replica.status()),
    }),
    draft: (stream, call) =>
      takingTurns(call, replica.streamIdleMs, (turns) => serveStream(stream, call, turns, { replica, kinds })),
  });
}

/** One stream is one session: its slot is claimed by the first message and freed with the stream, however it ends. */
async function serveStream(
  stream: DraftStream,
  call: CallContext,
  turns: Turns,
  { replica, kinds }: { readonly replica: Replica; readonly kinds: DraftKinds },
): Promise<void> {
  const requests = readAhead(stream);
  const first = await requests.take();
  turns.ours();
  if (first === undefined) return;
  const command = decodeDraftRequest(first, replica.vocabulary);
  if (command.type !== 'open') throw invalidArgument('open', 'must be the first message');
  const { open } = command;
  const { sessionId, fence, tokenizerFingerprint, tokens, draftKind = kinds[0] } = open;
  checkKind(draftKind, kinds);
  const request = { sessionId, fence, tokenizerFingerprint, tokens, draftKind, constraint: open.sampling.constraint };
  await serveSession(replica, request, call, async (opened) => {
    turns.theirs();
    await stream.send(encodeDraftReply({ type: 'opened', ...opened }));
    const { cachedLength } = opened;
    await serveCommands({ open, cachedLength, requests, stream, signal: call.signal, turns, replica });
  });
}

function checkKind(kind: DraftKind, kinds: DraftKinds): void {
  if (kinds.includes(kind)) return;
  const problem = `open.draft_kind: ${kind} drafts are not to be had here, only ${kinds.join(', ')}`;
  throw new OutriderError('draft_kind_unavailable', problem, { field: 'open.draft_kind' });
}
