import { availableParallelism } from 'node:os';
import { address, choice, flag, integer, optionalAddress, optionalInteger } from './kinds.js';

const dayMs = 86_400_000;

/** Settings of every service. */
export const serviceSettings = {
  /** Where to listen. Port 0 takes a free one; the ready line says which. */
  address: address('OUTRIDER_LISTEN_ADDRESS', '127.0.0.1:0'),
  logLevel: choice('OUTRIDER_LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info'),
  /** How long running calls may take after SIGTERM or SIGINT. */
  graceMs: integer('OUTRIDER_GRACE_MS', { min: 0, max: dayMs }, 10_000),
  /** Process id of the supervisor: the service ends when it is gone. */
  parentPid: optionalInteger('OUTRIDER_PARENT_PID', { min: 1, max: 2 ** 31 }),
  /** End when standard input does, which tells of a supervisor's end at once. */
  stopOnStdinEnd: flag('OUTRIDER_STOP_ON_STDIN_END', false),
};

/** Settings of the services that hold a model. */
export const replicaSettings = {
  ...serviceSettings,
  /** Sessions held at a time. */
  slots: integer('OUTRIDER_SLOTS', { min: 1, max: 4096 }, 4),
  /** Sessions that may wait for a slot; one more is refused. */
  queueLength: integer('OUTRIDER_QUEUE_LENGTH', { min: 0, max: 65_536 }, 64),
  /** A session of which nothing is heard for so long while it is its client's turn is ended. */
  streamIdleMs: integer('OUTRIDER_STREAM_IDLE_MS', { min: 10, max: dayMs }, 60_000),
  /** Tokens kept in the caches of sessions that are over, for those that begin alike. */
  cacheTokens: integer('OUTRIDER_CACHE_TOKENS', { min: 0, max: 2 ** 31 }, 16_384),
  /** Where others reach this replica, for the registry; by default where it listens. */
  advertisedAddress: optionalAddress('OUTRIDER_ADVERTISED_ADDRESS'),
  /** Threads of one forward pass. */
  threads: integer('OUTRIDER_THREADS', { min: 1, max: 1024 }, availableParallelism()),
  /** Whether passes run in a thread of their own or in the one that serves calls: see EngineOptions.thread. */
  engineThread: choice('OUTRIDER_ENGINE_THREAD', ['worker', 'caller'], 'worker'),
  /** Longest session in tokens; at most, and by default, the model's own context length. */
  contextLength: optionalInteger('OUTRIDER_CONTEXT_LENGTH', { min: 2, max: 2 ** 24 }),
  /** Candidates a distribution is cut to (draft) or sent with (target). */
  maxCandidates: integer('OUTRIDER_MAX_CANDIDATES', { min: 1, max: 1024 }, 64),
};
