import type { ModelIdentity, Replica } from '../replica.js';
import { createReplica } from '../replica.js';
import { type ToyEngine, type ToyOptions, createToyEngine } from './engine.js';

export const toyIdentity: ModelIdentity = {
  name: 'toy',
  fingerprint: 'a'.repeat(64),
  tokenizerFingerprint: 'b'.repeat(64),
};

export interface ToyReplicaOptions extends ToyOptions {
  readonly queueLength: number;
  readonly streamIdleMs: number;
}

export function createToyReplica(options: Partial<ToyReplicaOptions> = {}): Replica<ToyEngine> {
  const { queueLength = 8, streamIdleMs = 60_000, cacheTokens = 0 } = options;
  const engine = createToyEngine(options);
  return createReplica({ engine, identity: toyIdentity, queueLength, streamIdleMs, cacheTokens });
}
