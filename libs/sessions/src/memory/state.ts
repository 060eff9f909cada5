import type { SharedState } from '../shared-state.js';
import { createMemoryPrefixes } from './prefixes.js';
import { createMemoryReplicas } from './replicas.js';
import { type MemoryStoreOptions, createMemorySessions } from './sessions.js';
import { createMemoryWarmStarts } from './warm-starts.js';

/** The embedded state: everything in this process, shared with nobody and gone with it. */
export function createMemoryState(options: MemoryStoreOptions): SharedState {
  return {
    ...createMemorySessions(options),
    replicas: createMemoryReplicas(options.now),
    prefixes: createMemoryPrefixes(options.now),
    warmStarts: createMemoryWarmStarts(options.now),
    available: () => true,
    close: async () => {},
  };
}
