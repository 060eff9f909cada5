import { journalConformance } from './journal.fixture.js';
import { prefixIndexConformance } from './prefixes.fixture.js';
import { replicaRegistryConformance } from './replicas.fixture.js';
import { sessionStoreConformance } from './sessions.fixture.js';
import type { OpenStateUnderTest } from './state-under-test.fixture.js';
import { warmStartConformance } from './warm-starts.fixture.js';

/** Everything that a shared state must do, whatever it is made of. */
export function sharedStateConformance(name: string, open: OpenStateUnderTest): void {
  sessionStoreConformance(name, open);
  journalConformance(name, open);
  replicaRegistryConformance(name, open);
  prefixIndexConformance(name, open);
  warmStartConformance(name, open);
}
