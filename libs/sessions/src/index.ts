/** Sessions: who may write their caches, and what was committed in them. */
export type { ClaimedSession, Lease, SessionStore } from './store.js';
export { type MemoryStoreOptions, createMemoryStore } from './memory-store.js';
