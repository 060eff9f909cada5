/** What the draft and the target service have in common: a replica of a model that serves sessions in slots. */
export { fromEngine } from './engine-error.js';
export { type Presence, type PresenceOptions, createPresence, openPresence } from './presence.js';
export { type ModelIdentity, type Replica, type ReplicaOptions, createReplica } from './replica.js';
export { type CacheOptions, engineOptions } from './engine-options.js';
export { type ServeReplicaOptions, serveReplica } from './serve-replica.js';
export { type SessionCall, type SessionRequest, serveSession } from './serve-session.js';
export { type Turns, takingTurns } from './turns.js';
