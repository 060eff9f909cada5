import { setTimeout as sleep } from 'node:timers/promises';
import { OutriderError, type OpenSession, type TraceContext, type Vocabulary } from '@outrider/contracts';
import type { CallLimits } from '@outrider/rpc';
import type { DraftKind, TokenId } from '@outrider/speculation';
import { type DraftClient, openDraft } from './draft-client.js';
import { draftKindOn } from './draft-kind.js';
import type { ConnectedReplica, ReplicaLink } from './replica-link.js';
import { type TargetClient, openTarget } from './target-client.js';

/** A replica's session with the prompt, all but its last token, in its cache. */
export interface Prefilled<Client> {
  readonly client: Client;
  readonly replica: ConnectedReplica;
  /** First tokens of the prompt that its cache holds. */
  readonly held: number;
  /** Of those, the ones it held before. */
  readonly cached: number;
}

export interface PrefilledDraft extends Prefilled<DraftClient> {
  readonly draftKind: DraftKind;
}

export interface ReplicaRequest {
  readonly open: OpenSession;
  readonly prompt: readonly TokenId[];
  readonly vocabulary: Vocabulary;
  readonly draftTimeoutMs: number;
  readonly trace: TraceContext | undefined;
  readonly limits: CallLimits;
}

export interface OpenedReplicas {
  readonly target: Prefilled<TargetClient>;
  /** The draft, or why there is none; undefined when none was asked for. */
  readonly draft: PrefilledDraft | OutriderError | undefined;
}

/** How long a generation waits for a draft that is not connected, once the target is ready. */
const connectGraceMs = 100;

/**
 * Opens both replicas' sessions and prefills them, side by side. The draft is waited for only as long as it helps:
 * a draft that is late, gone or refuses costs the generation its drafts and nothing else.
 *
 * Rejects with what the target fails with, or when the draft has not the kind that is asked for; everything that was
 * opened is then given up.
 */
export async function openReplicas(
  targets: ReplicaLink,
  drafts: ReplicaLink | undefined,
  request: ReplicaRequest,
): Promise<OpenedReplicas> {
  const abandon = new AbortController();
  const drafting = drafts && prefillDraft(drafts, request, abandon.signal).catch(OutriderError.from);
  try {
    const target = await prefillTarget(targets, request);
    if (!drafts || !drafting) return { target, draft: undefined };
    const patienceMs = drafts.current() ? request.draftTimeoutMs : connectGraceMs;
    const draft = await withinMs(patienceMs, drafting);
    if (draft instanceof OutriderError && draft.code === 'draft_kind_unavailable') {
      target.client.cancel();
      throw draft;
    }
    if (draft) return { target, draft };
    abandon.abort();
    const lost = drafts.current();
    if (lost) drafts.lost(lost);
    return { target, draft: new OutriderError('deadline_exceeded', `the draft was not ready within ${patienceMs} ms`) };
  } catch (error) {
    abandon.abort();
    throw error;
  }
}

async function prefillTarget(targets: ReplicaLink, request: ReplicaRequest): Promise<Prefilled<TargetClient>> {
  const replica = await targets.acquire();
  return losing(targets, replica, async () => {
    const client = await openTarget(replica.connection, request, request.limits);
    return { client, replica, ...(await prefill(client, request)) };
  });
}

async function prefillDraft(
  drafts: ReplicaLink,
  request: ReplicaRequest,
  abandoned: AbortSignal,
): Promise<PrefilledDraft> {
  const replica = await drafts.acquire();
  return losing(drafts, replica, async () => {
    abandoned.throwIfAborted();
    const draftKind = draftKindOn(replica, request.open.draftKind);
    const session = { ...request, open: { ...request.open, draftKind }, timeoutMs: request.draftTimeoutMs };
    const client = await openDraft(replica.connection, session, request.limits);
    abandoned.addEventListener('abort', () => client.cancel(), { once: true });
    if (abandoned.aborted) client.cancel();
    return { client, replica, draftKind, ...(await prefill(client, request)) };
  });
}

/** Gives the cache all of the prompt but the last token, which the first round starts with. */
async function prefill(
  client: TargetClient | DraftClient,
  { prompt }: ReplicaRequest,
): Promise<{ held: number; cached: number }> {
  const most = prompt.length - 1;
  const cached = Math.min(client.cachedLength, most);
  const tokens = prompt.slice(cached, most);
  try {
    const held = tokens.length > 0 ? await client.prefill(cached, tokens) : cached;
    return { held: Math.min(held, most), cached };
  } catch (error) {
    client.cancel();
    throw error;
  }
}

/** Tells the link when the work fails because the replica is gone. */
async function losing<T>(link: ReplicaLink, replica: ConnectedReplica, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (OutriderError.from(error).code === 'unavailable') link.lost(replica);
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
