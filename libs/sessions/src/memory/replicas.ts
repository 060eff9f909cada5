import type { ReplicaRecord, ReplicaRegistry, ReplicaRole } from '../registry.js';

/** The registry of this process. */
export function createMemoryReplicas(now: () => number): ReplicaRegistry {
  const known: Record<ReplicaRole, Map<string, { readonly record: ReplicaRecord; readonly until: number }>> = {
    draft: new Map(),
    target: new Map(),
    orchestrator: new Map(),
  };
  const forgetSilent = (role: ReplicaRole): void => {
    for (const [id, { until }] of known[role]) if (until <= now()) known[role].delete(id);
  };
  return {
    async announce(record, ttlMs) {
      forgetSilent(record.role);
      const { id } = record.status;
      const answer = known[record.role].has(id) ? 'known' : 'new';
      known[record.role].set(id, { record, until: now() + ttlMs });
      return answer;
    },
    async withdraw(role, id) {
      known[role].delete(id);
    },
    async list(role) {
      forgetSilent(role);
      const entries = [...known[role]].sort(([a], [b]) => (a < b ? -1 : 1));
      return entries.map(([, { record }]) => record);
    },
  };
}
