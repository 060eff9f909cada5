import { type RedisCluster, type RedisServer, startRedisCluster, startRedisServer } from '@outrider/testing/redis';
import { afterAll, beforeAll } from 'vitest';
import { sharedStateConformance } from '../conformance/state.fixture.js';
import { redisStates } from './redis-state.fixture.js';

let server: RedisServer;
let cluster: RedisCluster;
beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedisServer(), startRedisCluster()]);
});

const onServer = redisStates(() => server.url);
const onCluster = redisStates(() => cluster.url);
afterAll(async () => {
  await Promise.all([onServer.close(), onCluster.close()]);
  await Promise.all([server.stop(), cluster.stop()]);
});

sharedStateConformance('a Redis server', () => onServer.openUnderTest());
sharedStateConformance('a Redis Cluster', () => onCluster.openUnderTest());
