import { randomUUID } from 'node:crypto';
import {
  type ModelInfo,
  OutriderError,
  type ReplicaStatus,
  type Vocabulary,
  createVocabulary,
} from '@outrider/contracts';
import type { DraftEngine } from '@outrider/inference';
import { type Admission, createAdmission } from '@outrider/rpc';
import { type ServedSessions, createServedSessions } from './served-sessions.js';

/** What every stream of a replica shares. */
export interface Replica<E extends DraftEngine = DraftEngine> {
  readonly engine: E;
  readonly model: ModelInfo;
  readonly vocabulary: Vocabulary;
  /** One slot each of the engine's. */
  readonly admission: Admission;
  readonly sessions: ServedSessions;
  readonly streamIdleMs: number;
  status(): ReplicaStatus;
  /** Takes no sessions from now on, and sends those away that wait for a slot. */
  drain(): void;
  /** Throws `unavailable` when it takes no sessions. */
  checkTaking(): void;
}

/** What a replica says of its model beyond what the engine knows. */
export type ModelIdentity = Pick<ModelInfo, 'name' | 'fingerprint' | 'tokenizerFingerprint'>;

export interface ReplicaOptions<E extends DraftEngine> {
  readonly engine: E;
  readonly identity: ModelIdentity;
  /** Of this process; a random one by default. */
  readonly id?: string;
  /** Sessions that may wait for a slot. */
  readonly queueLength: number;
  readonly streamIdleMs: number;
  /** Tokens that the engine was told to keep in caches. */
  readonly cacheTokens: number;
}

export function createReplica<E extends DraftEngine>(options: ReplicaOptions<E>): Replica<E> {
  const { engine, identity, id = randomUUID(), queueLength, streamIdleMs, cacheTokens } = options;
  const { blockTokens, vocabularySize, contextLength, endTokenIds, slots } = engine.info();
  const { name, fingerprint, tokenizerFingerprint } = identity;
  const admission = createAdmission({ slots, queueLength });
  const stopping = new OutriderError('unavailable', 'the service is stopping');
  let draining = false;
  return {
    engine,
    model: {
      name,
      fingerprint,
      tokenizerFingerprint,
      vocabularySize,
      contextLength,
      endTokenIds,
      slots,
      ...(blockTokens !== undefined && { blockTokens }),
    },
    vocabulary: createVocabulary(vocabularySize),
    admission,
    sessions: createServedSessions(),
    streamIdleMs,
    status() {
      const { cachedTokens } = engine.info();
      const caches = cachedTokens === undefined ? { cachedTokens: 0, cacheTokens: 0 } : { cachedTokens, cacheTokens };
      return { id, slots, slotsInUse: admission.inside(), queued: admission.waiting(), draining, ...caches };
    },
    drain() {
      draining = true;
      admission.close(stopping);
    },
    checkTaking() {
      if (draining) throw stopping;
    },
  };
}
