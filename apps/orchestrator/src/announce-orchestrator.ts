import { randomUUID } from 'node:crypto';
import type { Admission } from '@outrider/rpc';
import { type Announcer, type ReplicaRegistry, keepAnnounced } from '@outrider/sessions';
import type { StoreWatch } from './store-watch.js';

/** Between heartbeats, and how long one counts. */
const everyMs = 2000;
const ttlMs = 7000;

export interface AnnounceOrchestratorOptions {
  readonly registry: ReplicaRegistry;
  readonly store: StoreWatch;
  readonly address: string;
  /** Of the model whose tokenizer it has. */
  readonly fingerprint: string;
  readonly tokenizerFingerprint: string;
  readonly slots: number;
  readonly admission: Admission;
}

/** Tells gateways and clients in the registry that this orchestrator is there. */
export function announceOrchestrator(options: AnnounceOrchestratorOptions): Announcer {
  const { address, admission, fingerprint, registry, slots, store, tokenizerFingerprint } = options;
  const id = randomUUID();
  const status = () => ({
    id,
    slots,
    slotsInUse: admission.inside(),
    queued: admission.waiting(),
    draining: false,
    cachedTokens: 0,
    cacheTokens: 0,
  });
  return keepAnnounced(
    registry,
    () => ({ role: 'orchestrator', address, fingerprint, tokenizerFingerprint, status: status() }),
    { everyMs, ttlMs, onError: store.failed },
  );
}
