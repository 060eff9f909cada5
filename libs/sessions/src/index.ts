/** Sessions: who may write their caches, where these are, and which replicas there are. */
export type { CacheReference, CacheReferences, ClaimedSession, Lease, SessionStore } from './store.js';
export type { Journal, JournalEntry, JournalRecord, JournalStart } from './journal.js';
export type { PrefixChange, PrefixHolder, PrefixIndex } from './prefix-index.js';
export type { ReplicaRecord, ReplicaRegistry, ReplicaRole } from './registry.js';
export type { SharedState } from './shared-state.js';
export type { WarmStartStore } from './warm-start-store.js';
export { StoreError, type StoreErrorCode } from './error.js';
export { type AnnounceOptions, type Announcer, keepAnnounced } from './announce.js';
export { type PrefixPublisher, type PublishPrefixesOptions, createPrefixPublisher } from './publish-prefixes.js';
export type { MemoryStoreOptions } from './memory/sessions.js';
export { createMemoryState } from './memory/state.js';
export { type OpenStateOptions, type RedisConfig, openSharedState } from './open-state.js';
export type { RedisStateOptions } from './redis/options.js';
export { openRedisState } from './redis/state.js';
export { type RedisAddress, type RedisTarget, parseRedisUrl } from './redis/url.js';
