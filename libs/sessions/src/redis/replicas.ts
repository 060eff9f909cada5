import type { ReplicaRegistry } from '../registry.js';
import type { RedisCalls } from './calls.js';
import { wholeMs } from './durations.js';
import type { Keys } from './keys.js';
import { decodeRecord, encodeRecord } from './records.js';
import { runScript } from './scripts.js';

export function createRedisReplicas(calls: RedisCalls, keys: Keys): ReplicaRegistry {
  return {
    async announce(record, ttlMs) {
      const args = [record.status.id, encodeRecord(record), wholeMs(ttlMs)];
      let attempts = 0;
      const known = await calls.call((redis, attempt) => {
        attempts = attempt;
        return runScript(redis, 'announce-replica-2', keys.replicas(record.role), args);
      });
      // An earlier attempt, whose answer was lost, may have been the one that made it known.
      return known === 1 && attempts === 0 ? 'known' : 'new';
    },
    async withdraw(role, id) {
      await calls.script('withdraw-replica-2', keys.replicas(role), [id]);
    },
    async list(role) {
      const answer = await calls.script('list-replicas-2', keys.replicas(role), []);
      const entries = Array.isArray(answer) ? (answer as unknown[]) : [];
      return entries
        .flatMap((id, i) => (i % 2 === 0 ? (decodeRecord(role, id, entries[i + 1]) ?? []) : []))
        .sort((a, b) => (a.status.id < b.status.id ? -1 : 1));
    },
  };
}
