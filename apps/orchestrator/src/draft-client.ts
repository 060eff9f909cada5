import {
  type DraftCommand,
  type DraftEvent,
  type OpenSession,
  OutriderError,
  type TraceContext,
  type Vocabulary,
  decodeDraftKinds,
  decodeDraftReply,
  decodeModelReply,
  decodeReplicaStatus,
  encodeDraftRequest,
  wire,
} from '@outrider/contracts';
import { type CallLimits, type Connection, callBidi, callUnary } from '@outrider/rpc';
import { type CachePosition, type DraftBlock, type DraftLimits, type DraftedToken } from '@outrider/speculation';
import { type Drafter, SpeculationError, type TokenId } from '@outrider/speculation';
import type { ReplicaIdentity } from './replica-link.js';
import { type ReplicaStream, replicaStream, wrongRound } from './replica-stream.js';

const peer = 'the draft';

/** A session on a draft replica: the core's Drafter over one stream. */
export interface DraftClient extends Drafter {
  /** First tokens of those it was opened with that its cache held. */
  readonly cachedLength: number;
  /** Brings the cache to `keepLength` and appends tokens; answers the length it holds. */
  prefill(keepLength: number, tokens: readonly TokenId[]): Promise<number>;
  /** Why the draft is unusable, once it is. */
  failure(): OutriderError | undefined;
  /** Says that it is, for what the core found in its answers. */
  giveUp(reason: unknown): void;
  finish(timeoutMs: number): Promise<void>;
  cancel(): void;
}

export interface DraftSession {
  readonly open: OpenSession;
  readonly vocabulary: Vocabulary;
  /** How long a block may take. */
  readonly timeoutMs: number;
  readonly trace: TraceContext | undefined;
}

type DraftStream = ReplicaStream<DraftCommand, DraftEvent>;

export async function identifyDraft(connection: Connection, limits: CallLimits): Promise<ReplicaIdentity> {
  const { kinds, model, replica } = await callUnary(connection, wire.DraftServiceService.getModel, {}, limits);
  const status = decodeReplicaStatus(replica, peer);
  return { model: decodeModelReply(model, peer), status, draftKinds: decodeDraftKinds(kinds) };
}

/** Opens a session. Rejects with what the draft refuses it for. */
export async function openDraft(
  connection: Connection,
  session: DraftSession,
  limits: CallLimits,
): Promise<DraftClient> {
  const { open, timeoutMs, trace, vocabulary } = session;
  const call = callBidi(connection, wire.DraftServiceService.draft, limits);
  const stream: DraftStream = replicaStream(
    call,
    peer,
    encodeDraftRequest,
    (reply) => decodeDraftReply(reply, vocabulary),
    limits.signal,
  );
  let failure: OutriderError | undefined;
  const giveUp = (error: unknown): OutriderError => {
    failure ??=
      error instanceof SpeculationError
        ? new OutriderError('bad_reply', `${peer} sent ${error.message}`, { field: error.field, cause: error })
        : OutriderError.from(error);
    stream.cancel();
    return failure;
  };

  try {
    await stream.send({ type: 'open', open });
    const { cachedLength } = await stream.expect('opened');
    return {
      cachedLength,
      async prefill(keepLength, tokens) {
        await stream.send({ type: 'prefill', prefill: { keepLength, tokens } });
        return (await stream.expect('prefilled')).prefilled.kvLength;
      },
      async propose(at, limits) {
        if (failure) throw failure;
        const tokens: DraftedToken[] = [];
        const late = new OutriderError('deadline_exceeded', `${peer} did not answer within ${timeoutMs} ms`);
        const timer = setTimeout(() => giveUp(late), timeoutMs);
        try {
          await stream.send({ type: 'block', block: { at, limits, ...(trace && { trace }) } });
          return await collectBlock(stream, at, limits, tokens);
        } catch (error) {
          giveUp(error);
          if (tokens.length === 0) throw failure ?? error;
          // What was proposed before the failure has to be used: whether the draft fails may depend on it, and
          // dropping it for that would bias the output. The next round learns that the draft is gone.
          return { tokens, stopReason: 'draft_unavailable', kvLength: 0, computeMs: 0, passes: 0 };
        } finally {
          clearTimeout(timer);
        }
      },
      failure: () => failure,
      giveUp: (reason) => void giveUp(reason),
      finish: stream.finish,
      cancel: stream.cancel,
    };
  } catch (error) {
    throw giveUp(error);
  }
}

/** Collects a block's answers into `tokens`, which keeps what arrived when this rejects. */
async function collectBlock(
  stream: DraftStream,
  { round }: CachePosition,
  { maxTokens }: DraftLimits,
  tokens: DraftedToken[],
): Promise<DraftBlock> {
  for (;;) {
    const event = await stream.next();
    if (event.type !== 'proposed' && event.type !== 'block_end') {
      throw new OutriderError('bad_reply', `${peer} answered ${event.type} in a block`);
    }
    if (event.round !== round) throw wrongRound(peer, `${event.type}.round`, event.round, round);
    tokens.push(...event.tokens);
    if (event.fault) throw event.fault;
    if (tokens.length > maxTokens) throw new OutriderError('bad_reply', `${peer} sent more than ${maxTokens} tokens`);
    if (event.type === 'block_end') return { tokens, ...event.end };
  }
}
