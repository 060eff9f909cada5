import { type ModelInfo, OutriderError } from '@outrider/contracts';
import { type CallLimits, type Connection, connect } from '@outrider/rpc';
import type { DraftKind } from '@outrider/speculation';

/** Who a replica says it is. */
export interface ReplicaIdentity {
  readonly model: ModelInfo;
  /** What a draft can draft with; the first is what it does when it is asked for nothing else. */
  readonly draftKinds?: readonly DraftKind[];
}

/** A replica that answered who it is, and may be used. */
export interface ConnectedReplica extends ReplicaIdentity {
  readonly connection: Connection;
}

/** The way to one replica, which may come and go. */
export interface ReplicaLink {
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
  onChange(change: { readonly model: ModelInfo } | { readonly error: OutriderError }): void;
}

const attemptMs = 2000;
const firstBackoffMs = 100;
const lastBackoffMs = 5000;

/**
 * Dials at once and, after a failure, again in the background with a growing delay. Whoever needs the replica
 * meanwhile starts an attempt of the moment, so a replica that has just come back is used by the next generation.
 */
export function createReplicaLink(options: ReplicaLinkOptions): ReplicaLink {
  const { address, peer, check, identify, onChange } = options;
  let current: ConnectedReplica | undefined;
  let attempt: Promise<ConnectedReplica> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let backoffMs = firstBackoffMs;
  let lastProblem: string | undefined;
  let closed = false;

  const dial = async (): Promise<ConnectedReplica> => {
    const connection = connect(address, peer);
    try {
      const identity = await identify(connection, { deadline: new Date(Date.now() + attemptMs) });
      const { model } = identity;
      check(model);
      if (closed) throw new OutriderError('unavailable', 'the service is stopping');
      current = { connection, ...identity };
      backoffMs = firstBackoffMs;
      lastProblem = undefined;
      onChange({ model });
      return current;
    } catch (reason) {
      connection.close();
      const error = explain(OutriderError.from(reason), address);
      // The same problem, again and again, is told once.
      if (error.message !== lastProblem && !closed) onChange({ error });
      lastProblem = error.message;
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

  dialQuietly();
  return {
    current: () => current,
    acquire: () => (current ? Promise.resolve(current) : start()),
    lost(replica) {
      if (current !== replica) return;
      current = undefined;
      // Streams that are still served by it go on.
      replica.connection.close();
      dialQuietly();
    },
    close() {
      closed = true;
      clearTimeout(retry);
      current?.connection.close();
      current = undefined;
    },
  };
}

function explain(error: OutriderError, address: string): OutriderError {
  if (error.code !== 'unavailable' && error.code !== 'deadline_exceeded') return error;
  return new OutriderError('unavailable', `${error.message} (${address} cannot be reached)`, { cause: error });
}
