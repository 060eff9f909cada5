/**
 * The keys in Redis. What one script touches is in one slot of a cluster, by the hash tag in braces. Every key expires.
 *
 * | key | type | holds | expires |
 * | --- | --- | --- | --- |
 * | `<prefix>:{s:<session>}:session` | hash | `fence`, `until` (end of the lease, ms), `claim`, `caches` (JSON) | idle time after the last change, never before the lease |
 * | `<prefix>:{s:<session>}:journal` | string | header, prompt and generated tokens, see journal-format.ts | with the session |
 * | `<prefix>:{r:<role>}:heartbeats` | sorted set | ids of replicas by when they are forgotten (ms) | with its last member |
 * | `<prefix>:{r:<role>}:records` | hash | records of replicas by id (JSON) | with the heartbeats |
 * | `<prefix>:{p:<fingerprint>}:<replica>` | set | names of the prefixes that a replica's caches hold | unless the replica renews it |
 * | `<prefix>:{w:<key>}` | string | what a policy learned (JSON) | 30 days after it was kept |
 */
import type { PrefixHolder } from '../prefix-index.js';
import type { ReplicaRole } from '../registry.js';

export interface Keys {
  /** A session and its journal. */
  session(sessionId: string): [session: string, journal: string];
  /** Heartbeats and records. */
  replicas(role: ReplicaRole): [heartbeats: string, records: string];
  prefixes(holder: PrefixHolder): string;
  warmStart(key: string): string;
}

export function createKeys(prefix: string): Keys {
  return {
    session: (sessionId) => [`${prefix}:{s:${sessionId}}:session`, `${prefix}:{s:${sessionId}}:journal`],
    replicas: (role) => [`${prefix}:{r:${role}}:heartbeats`, `${prefix}:{r:${role}}:records`],
    prefixes: ({ fingerprint, replica }) => `${prefix}:{p:${fingerprint}}:${replica}`,
    warmStart: (key) => `${prefix}:{w:${key}}`,
  };
}
