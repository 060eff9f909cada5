/** Real Redis servers for tests: one, a cluster, or one with a replica and a Sentinel. They need redis-server. */
export { type RedisServer, type RedisServerOptions, startRedisServer } from './server-process.js';
export { type RedisCluster, startRedisCluster } from './cluster.js';
export { freePort } from './free-port.js';
export { type RedisSentinel, startRedisSentinel } from './sentinel.js';
