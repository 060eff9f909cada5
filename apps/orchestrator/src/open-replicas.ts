import { setTimeout as sleep } from 'node:timers/promises';
import { OutriderError, type OpenSession, type TraceContext, type Vocabulary } from '@outrider/contracts';
import type { CallLimits } from '@outrider/rpc';
import type { DraftKind, TokenId } from '@outrider/speculation';
import type { Choice } from './choice.js';
import { type DraftClient, openDraft } from './draft-client.js';
import { draftKindOn } from './draft-kind.js';
import { lazyDraft } from './lazy-draft.js';
import { type OpenedOn, openOnBest } from './open-on.js';
import type { ConnectedReplica } from './replica-link.js';
import { type TargetClient, openTarget } from './target-client.js';

/** A replica's session with the prompt, all but its last token, in its cache. */
export interface Prefilled<Client> {
  readonly client: Client;
  /** First tokens of the prompt that its cache holds. */
  readonly held: number;
  /** Of those, the ones it held before. */
  readonly cached: number;
}

/** A target that serves the generation. */
export interface TargetInUse extends Prefilled<TargetClient> {
  readonly replica: ConnectedReplica;
  leave(): void;
}

/** A draft that serves it, or is opened when it is first asked. */
export interface DraftInUse extends Prefilled<DraftClient> {
  /** undefined before it is opened. */
  replica(): ConnectedReplica | undefined;
  readonly model: string;
  readonly draftKind: DraftKind | undefined;
  leave(): void;
}

export interface ReplicaRequest {
  readonly open: OpenSession;
  readonly prompt: readonly TokenId[];
  readonly vocabulary: Vocabulary;
  readonly draftTimeoutMs: number;
  readonly trace: TraceContext | undefined;
  readonly limits: CallLimits;
  /** The draft is not asked for anything at first: open it when it is. */
  readonly draftLater: boolean;
}

export interface OpenedReplicas {
  readonly target: TargetInUse;
  /** The draft, or why there is none; undefined when none was asked for. */
  readonly draft: DraftInUse | OutriderError | undefined;
}

/** How long a generation waits for a draft that is not connected, once the target is ready. */
const connectGraceMs = 100;

/** A full target is left for one other: that one is less loaded, and if it is full too, so are most. */
const targetPersistence = { full: 2, gone: 3, other: 1 };
const draftPersistence = { full: 2, gone: 2, other: 2 };

/**
 * Opens both replicas' sessions and prefills them, side by side. The draft is waited for only as long as it helps:
 * a draft that is late, gone or refuses costs the generation its drafts and nothing else.
 *
 * Rejects with what the target fails with, or when the draft has not the kind that is asked for; everything that was
 * opened is then given up.
 */
export async function openReplicas(
  targets: Choice,
  drafts: Choice | undefined,
  request: ReplicaRequest,
): Promise<OpenedReplicas> {
  const abandon = new AbortController();
  const drafting =
    drafts && !request.draftLater ? prefillDraft(drafts, request, abandon.signal).catch(OutriderError.from) : undefined;
  try {
    const target = await prefillTarget(targets, request);
    if (!drafts) return { target, draft: undefined };
    if (!drafting) return { target, draft: laterDraft(drafts, request) };
    const patienceMs = drafts.pool.members().length > 0 ? request.draftTimeoutMs : connectGraceMs;
    const draft = await withinMs(patienceMs, drafting);
    if (draft instanceof OutriderError && draft.code === 'draft_kind_unavailable') {
      leaveTarget(target);
      throw draft;
    }
    if (draft) return { target, draft };
    const late = new OutriderError('deadline_exceeded', `the draft was not ready within ${patienceMs} ms`);
    abandon.abort(late);
    return { target, draft: late };
  } catch (error) {
    abandon.abort(OutriderError.from(error));
    throw error;
  }
}

function leaveTarget({ client, leave }: TargetInUse): void {
  client.cancel();
  leave();
}

async function prefillTarget(targets: Choice, request: ReplicaRequest): Promise<TargetInUse> {
  await targets.pool.acquire();
  const opened = await openOnBest(targets, request.limits, targetPersistence, async (replica, limits) =>
    prefill(await openTarget(replica.connection, request, limits), request),
  );
  if (!opened) throw new OutriderError('unavailable', 'the target is gone, and there is no other');
  const { leave, replica, session } = opened;
  return { ...session, replica, leave };
}

/** `abandoned` ends the opening; who has not heard of it by then gives the session up. */
async function prefillDraft(drafts: Choice, request: ReplicaRequest, abandoned: AbortSignal): Promise<DraftInUse> {
  const { leave, replica, session } = await openDraftOn(drafts, request, abandoned, async (client) =>
    prefill(client, request),
  );
  if (abandoned.aborted) {
    session.client.cancel();
    leave();
    throw abandoned.reason;
  }
  const { draftKind } = session;
  return { ...session, replica: () => replica, model: replica.model.name, draftKind, leave };
}

/** Opened with what is committed when it is first asked, which the first block brings to its cache. */
function laterDraft(drafts: Choice, request: ReplicaRequest): DraftInUse {
  const [first] = drafts.pool.members();
  let opened: OpenedOn<unknown> | undefined;
  let over = false;
  const client = lazyDraft(request.draftTimeoutMs, async (tokens, abandoned) => {
    const now = { ...request, open: { ...request.open, tokens } };
    const draft = await openDraftOn(drafts, now, abandoned, async (client) => ({ client }));
    if (over) draft.leave();
    else opened = draft;
    return draft.session.client;
  });
  return {
    client,
    held: 0,
    cached: 0,
    replica: () => opened?.replica,
    model: first?.model.name ?? '',
    draftKind: first && (request.open.draftKind ?? first.draftKinds?.[0]),
    leave() {
      over = true;
      opened?.leave();
    },
  };
}

async function openDraftOn<Session>(
  drafts: Choice,
  request: ReplicaRequest,
  abandoned: AbortSignal,
  start: (client: DraftClient) => Promise<Session>,
): Promise<OpenedOn<Session & { readonly draftKind: DraftKind }>> {
  const members = await drafts.pool.acquire();
  abandoned.throwIfAborted();
  const opened = await openOnBest(drafts, request.limits, draftPersistence, async (replica, { deadline, signal }) => {
    abandoned.throwIfAborted();
    const draftKind = draftKindOn(replica, request.open.draftKind);
    const session = { ...request, open: { ...request.open, draftKind }, timeoutMs: request.draftTimeoutMs };
    const either = AbortSignal.any(signal ? [abandoned, signal] : [abandoned]);
    const client = await openDraft(replica.connection, session, { deadline, signal: either });
    return { ...(await start(client)), draftKind };
  });
  if (opened) return opened;
  if (members[0]) draftKindOn(members[0], request.open.draftKind);
  throw new OutriderError('unavailable', 'the draft is gone, and there is no other');
}

/** Gives the cache all of the prompt but the last token, which the first round starts with. */
async function prefill<Client extends TargetClient | DraftClient>(
  client: Client,
  { prompt }: ReplicaRequest,
): Promise<Prefilled<Client>> {
  const most = prompt.length - 1;
  const cached = Math.min(client.cachedLength, most);
  const tokens = prompt.slice(cached, most);
  try {
    const held = tokens.length > 0 ? await client.prefill(cached, tokens) : cached;
    return { client, held: Math.min(held, most), cached };
  } catch (error) {
    client.cancel();
    throw error;
  }
}

/** The promise's value, or undefined when it takes longer. */
async function withinMs<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
