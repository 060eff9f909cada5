import {
  type OpenSession,
  OutriderError,
  type TraceContext,
  type VerifyCommand,
  type VerifyEvent,
  type Vocabulary,
  decodeModelReply,
  decodeReplicaStatus,
  decodeVerifyReply,
  encodeVerifyRequest,
  wire,
} from '@outrider/contracts';
import { type CallLimits, type Connection, callBidi, callUnary } from '@outrider/rpc';
import type { Scorer, TokenId } from '@outrider/speculation';
import type { ReplicaIdentity } from './replica-link.js';
import { type ReplicaStream, replicaStream, wrongRound } from './replica-stream.js';

const peer = 'the target';

/** A session on a target replica: the core's Scorer over one stream. */
export interface TargetClient extends Scorer {
  /** First tokens of those it was opened with that its cache held. */
  readonly cachedLength: number;
  /** Brings the cache to `keepLength` and appends tokens; answers the length it holds. */
  prefill(keepLength: number, tokens: readonly TokenId[]): Promise<number>;
  /** Of a token drawn from the tail of a position of the round last scored; undefined unless asked for at the opening. */
  tailLogprob(index: number): number | undefined;
  finish(timeoutMs: number): Promise<void>;
  cancel(): void;
}

export interface TargetSession {
  readonly open: OpenSession;
  readonly vocabulary: Vocabulary;
  readonly trace: TraceContext | undefined;
}

type VerifyStream = ReplicaStream<VerifyCommand, VerifyEvent>;

export async function identifyTarget(connection: Connection, limits: CallLimits): Promise<ReplicaIdentity> {
  const { model, replica } = await callUnary(connection, wire.TargetServiceService.getModel, {}, limits);
  return { model: decodeModelReply(model, peer), status: decodeReplicaStatus(replica, peer) };
}

/** Opens a session. Rejects with what the target refuses it for. */
export async function openTarget(
  connection: Connection,
  session: TargetSession,
  limits: CallLimits,
): Promise<TargetClient> {
  const { open, trace, vocabulary } = session;
  const call = callBidi(connection, wire.TargetServiceService.verify, limits);
  const stream: VerifyStream = replicaStream(
    call,
    peer,
    encodeVerifyRequest,
    (reply) => decodeVerifyReply(reply, vocabulary),
    limits.signal,
  );
  try {
    await stream.send({ type: 'open', open });
    const { cachedLength } = await stream.expect('opened');
    const tailLogprobs = new Map<number, number | undefined>();
    return {
      cachedLength,
      async prefill(keepLength, tokens) {
        await stream.send({ type: 'prefill', prefill: { keepLength, tokens } });
        return (await stream.expect('prefilled')).prefilled.kvLength;
      },
      async score(at, drafted) {
        tailLogprobs.clear();
        // Coupled acceptance compares draws: the target's candidates are its own, and the draft's are no concern of it.
        const coupled = open.acceptance === 'coupled';
        const draft = drafted.map(({ id, candidates }) => ({ id, candidateIds: coupled ? [] : candidates.ids }));
        await stream.send({ type: 'block', block: { at, draft, ...(trace && { trace }) } });
        const { round, scores } = await stream.expect('scored').catch((error: unknown) => {
          throw asClientsFault(error);
        });
        if (round !== at.round) throw wrongRound(peer, 'scored.round', round, at.round);
        return scores;
      },
      async drawFromTail(round, index) {
        await stream.send({ type: 'tail', round, index });
        const drawn = await stream.expect('tail_drawn');
        if (drawn.round !== round) throw wrongRound(peer, 'tail_drawn.round', drawn.round, round);
        if (drawn.index !== index) throw wrongRound(peer, 'tail_drawn.index', drawn.index, index);
        tailLogprobs.set(index, drawn.logprob);
        return drawn.token;
      },
      tailLogprob: (index) => tailLogprobs.get(index),
      finish: stream.finish,
      cancel: stream.cancel,
    };
  } catch (error) {
    stream.cancel();
    throw asClientsFault(error);
  }
}

/** What the target refuses of the request's own fields, the client must hear under their names in its request. */
function asClientsFault(error: unknown): unknown {
  if (!(error instanceof OutriderError) || error.code !== 'invalid_argument') return error;
  const field = /^(?:open|block)\.(sampling\..*)$/.exec(error.field ?? '')?.[1];
  return field === undefined ? error : new OutriderError('invalid_argument', error.message, { field, cause: error });
}
