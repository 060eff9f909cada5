import { randomUUID } from 'node:crypto';
import {
  type ModelInfo,
  type OpenSession,
  type ReplicaStatus,
  OutriderError,
  type Vocabulary,
  createVocabulary,
} from '@outrider/contracts';
import type { Engine } from '@outrider/inference';
import type { ModelManifest } from '@outrider/models';

/** What every stream of this process shares. */
export interface Replica {
  readonly engine: Engine;
  readonly model: ModelInfo;
  readonly vocabulary: Vocabulary;
  /** Fence of the stream that serves each session. */
  readonly serving: Map<string, bigint>;
  status(): ReplicaStatus;
}

/** What a replica says of its model beyond what the engine knows. */
type ModelIdentity = Pick<ModelManifest, 'name' | 'fingerprint' | 'tokenizerFingerprint'>;

export function createReplica(engine: Engine, identity: ModelIdentity): Replica {
  const { blockTokens, vocabularySize, contextLength, endTokenIds, slots } = engine.info();
  const { name, fingerprint, tokenizerFingerprint } = identity;
  const id = randomUUID();
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
    serving: new Map(),
    status: () => statusOf(engine, id),
  };
}

function statusOf(engine: Engine, id: string): ReplicaStatus {
  const { cachedTokens = 0, slots, slotsInUse } = engine.info();
  return { id, slots, slotsInUse, queued: 0, draining: false, cachedTokens, cacheTokens: 0 };
}

/**
 * Refuses a session that this replica must not serve. Errors: fingerprint_mismatch; session_busy when another stream
 * serves it under the same fence (under a newer one it takes the session over, the engine refuses an older one).
 */
export function checkOpen({ model, serving }: Replica, open: OpenSession): void {
  const expected = open.tokenizerFingerprint;
  if (expected !== undefined && expected !== model.tokenizerFingerprint) {
    const problem = `the tokenizer of ${model.name} is ${model.tokenizerFingerprint}, not ${expected}`;
    throw new OutriderError('fingerprint_mismatch', problem, { field: 'open.tokenizer_fingerprint' });
  }
  if (serving.get(open.sessionId) === open.fence) {
    throw new OutriderError('session_busy', `another stream serves session ${open.sessionId} under this fence`);
  }
}
