import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { StoreError } from '../error.js';
import type { RedisStateOptions } from './options.js';
import { type RedisTarget, parseRedisUrl } from './url.js';

/** A connection that keeps up, or tries again and again to come up, in the background. */
export type RedisClient = Redis | Cluster;

const retryMs = { first: 50, most: 2000 };

/**
 * Begins to connect. Nothing is queued while there is no connection, and nothing is sent twice: calls.ts waits and
 * repeats, within bounds.
 * Errors: StoreError invalid_options.
 */
export async function connectRedis(options: RedisStateOptions, timeoutMs: number): Promise<RedisClient> {
  const target = parseRedisUrl(options.url);
  const tls = await readTls(options, target);
  const common: RedisOptions = {
    ...credentials(options, target),
    ...(tls && { tls }),
    connectionName: 'outrider',
    disableClientInfo: true,
    connectTimeout: options.connectTimeoutMs ?? 5000,
    // A server that takes commands and says nothing is left, in the hope of finding another or itself awake.
    socketTimeout: 2 * timeoutMs,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  };
  if (target.mode === 'cluster') return connectCluster(target.nodes, common, timeoutMs);
  return new Redis({
    ...common,
    db: target.db,
    retryStrategy: backoff,
    // A master that has become a replica: connect anew, to the new master.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    ...(target.mode === 'standalone'
      ? { host: target.server.host, port: target.server.port }
      : {
          sentinels: target.sentinels.map((sentinel) => ({ ...sentinel })),
          name: target.name,
          sentinelRetryStrategy: backoff,
          sentinelCommandTimeout: timeoutMs,
          ...(options.sentinelUsername !== undefined && { sentinelUsername: options.sentinelUsername }),
          ...(options.sentinelPassword !== undefined && { sentinelPassword: options.sentinelPassword }),
          ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
        }),
  });
}

function connectCluster(
  nodes: readonly { readonly host: string; readonly port: number }[],
  redisOptions: RedisOptions,
  timeoutMs: number,
): Cluster {
  return new Cluster(
    nodes.map((node) => ({ ...node })),
    {
      redisOptions,
      clusterRetryStrategy: backoff,
      enableOfflineQueue: false,
      maxRedirections: 8,
      slotsRefreshTimeout: Math.max(1000, timeoutMs),
      slotsRefreshInterval: 10_000,
      // Certificates name hosts, not what they resolve to.
      ...(redisOptions.tls && { dnsLookup: (host, callback) => callback(null, host) }),
    },
  );
}

function backoff(attempts: number): number {
  return Math.min(retryMs.first * 2 ** Math.min(attempts - 1, 16), retryMs.most);
}

function credentials(options: RedisStateOptions, target: RedisTarget): RedisOptions {
  const username = options.username ?? target.username;
  const password = options.password ?? target.password;
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
}

async function readTls(options: RedisStateOptions, target: RedisTarget): Promise<ConnectionOptions | undefined> {
  const { caFile, certFile, keyFile } = options;
  if (!target.tls) {
    if (caFile === undefined && certFile === undefined && keyFile === undefined) return undefined;
    throw new StoreError('invalid_options', 'certificates for Redis are given, but its URL is not one of rediss');
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new StoreError('invalid_options', 'a client certificate for Redis needs its key, and a key its certificate');
  }
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readPem));
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function readPem(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError('invalid_options', `a file for TLS with Redis cannot be read: ${reason}`, { cause });
  }
}
