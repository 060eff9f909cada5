import { setMaxListeners } from 'node:events';
import { type ModelInfo, OutriderError, type ReplicaStatus } from '@outrider/contracts';
import { type CallLimits, type Connection, connect } from '@outrider/rpc';
import type { DraftKind } from '@outrider/speculation';
import { type ReplicaLoad, createReplicaLoad } from './replica-load.js';
import { type Watch, watchReplica } from './replica-watch.js';

/** Who a replica says it is, and how it is doing. */
export interface ReplicaIdentity {
  readonly model: ModelInfo;
  readonly status: ReplicaStatus;
  /** What a draft can draft with; the first is what it does when it is asked for nothing else. */
  readonly draftKinds?: readonly DraftKind[];
}

/** A replica that answered who it is, and may be used. One that starts again at the same address is another one. */
export interface ConnectedReplica extends Omit<ReplicaIdentity, 'status'> {
  readonly id: string;
  readonly connection: Connection;
  readonly load: ReplicaLoad;
  /** False while it does not answer how it is. */
  responds(): boolean;
  /** Aborted, with an OutriderError, when it is given up: gone, or silent for longer than a busy one is. */
  readonly gone: AbortSignal;
}

/** The way to one replica, which may come and go. */
export interface ReplicaLink {
  readonly address: string;
  /** The replica when it is connected. */
  current(): ConnectedReplica | undefined;
  /** The replica, now or after one attempt to reach it. Rejects with why it cannot be used. */
  acquire(): Promise<ConnectedReplica>;
  /** Says that calls to this replica fail: it is dialled again, here and now and then in the background. */
  lost(replica: ConnectedReplica): void;
  close(): void;
}

export interface ReplicaLinkOptions {
  readonly address: string;
  /** Name in messages: `the draft`, `the target`. */
  readonly peer: string;
  /** Asks who it is. */
  identify(connection: Connection, limits: CallLimits): Promise<ReplicaIdentity>;
  /** Throws when such a model cannot be used. */
  check(model: ModelInfo): void;
  /** Told when the replica becomes usable, and when and why it does not. */
  onChange(change: { readonly replica: ConnectedReplica } | { readonly error: OutriderError }): void;
}

const attemptMs = 2000;
const firstBackoffMs = 100;
const lastBackoffMs = 5000;

/**
 * Dials at once and, after a failure, again in the background with a growing delay. Whoever needs the replica
 * meanwhile starts an attempt of the moment, so a replica that has just come back is used by the next generation.
 * While it is connected it is asked how it is: see replica-watch.ts.
 */
export function createReplicaLink(options: ReplicaLinkOptions): ReplicaLink {
  const { address, peer, check, identify, onChange } = options;
  let current:
    { readonly replica: ConnectedReplica; readonly watch: Watch; giveUp(reason: OutriderError): void } | undefined;
  let attempt: Promise<ConnectedReplica> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let backoffMs = firstBackoffMs;
  let lastProblem: string | undefined;
  let closed = false;

  const tell = (error: OutriderError): void => {
    // The same problem, again and again, is told once.
    if (error.message !== lastProblem && !closed) onChange({ error });
    lastProblem = error.message;
  };
  const adopt = (connection: Connection, { status, ...identity }: ReplicaIdentity): ConnectedReplica => {
    const gone = new AbortController();
    // Every opening session listens.
    setMaxListeners(0, gone.signal);
    const load = createReplicaLoad(status);
    const watch = watchReplica({
      ask: (limits) => identify(connection, limits),
      id: status.id,
      load,
      onLost: (error) => {
        tell(explain(error, address));
        drop(replica, error);
      },
    });
    const replica = {
      ...identity,
      id: status.id,
      connection,
      load,
      responds: watch.responds,
      gone: gone.signal,
    };
    current = { replica, watch, giveUp: (reason) => gone.abort(reason) };
    backoffMs = firstBackoffMs;
    lastProblem = undefined;
    onChange({ replica });
    return replica;
  };
  const dial = async (): Promise<ConnectedReplica> => {
    const connection = connect(address, peer);
    try {
      const identity = await identify(connection, { deadline: new Date(Date.now() + attemptMs) });
      check(identity.model);
      if (closed) throw new OutriderError('unavailable', 'the service is stopping');
      return adopt(connection, identity);
    } catch (reason) {
      connection.close();
      const error = explain(OutriderError.from(reason), address);
      tell(error);
      retryLater();
      throw error;
    } finally {
      attempt = undefined;
    }
  };
  const start = (): Promise<ConnectedReplica> => {
    clearTimeout(retry);
    attempt ??= dial();
    return attempt;
  };
  /** Its outcome is told by onChange. */
  const dialQuietly = (): void => void start().catch(() => undefined);
  const retryLater = (): void => {
    if (closed) return;
    clearTimeout(retry);
    retry = setTimeout(dialQuietly, backoffMs).unref();
    backoffMs = Math.min(lastBackoffMs, backoffMs * 2);
  };
  const drop = (replica: ConnectedReplica, reason: OutriderError): void => {
    if (current?.replica !== replica) return;
    const { giveUp, watch } = current;
    current = undefined;
    watch.stop();
    // Streams that are still served by it go on.
    replica.connection.close();
    giveUp(reason);
    if (!closed) dialQuietly();
  };

  dialQuietly();
  return {
    address,
    current: () => current?.replica,
    acquire: () => (current ? Promise.resolve(current.replica) : start()),
    lost: (replica) => drop(replica, new OutriderError('unavailable', `${peer} at ${address} is gone`)),
    close() {
      closed = true;
      clearTimeout(retry);
      if (current) drop(current.replica, new OutriderError('unavailable', 'the service is stopping'));
    },
  };
}

function explain(error: OutriderError, address: string): OutriderError {
  if (error.code !== 'unavailable' && error.code !== 'deadline_exceeded') return error;
  return new OutriderError('unavailable', `${error.message} (${address} cannot be reached)`, { cause: error });
}
