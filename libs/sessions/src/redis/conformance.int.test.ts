import { type RedisCluster, type RedisServer, startRedisCluster, startRedisServer } from '@outrider/testing/redis';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, it } from 'vitest';
import { checkOneHolder } from '../conformance/one-holder.fixture.js';
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

it.each([
  ['server', onServer, () => [server]],
  ['Cluster', onCluster, () => cluster.nodes],
] as const)('a Redis %s never gives a session two holders, whatever it forgets', async (_, states, servers) => {
  const clients = await Promise.all([0, 1, 2].map(() => states.open('one-holder', 20)));
  const loseEverything = async (): Promise<void> => {
    await Promise.all(servers().map((each) => each.command('flushall')));
  };
  await checkOneHolder({ clients, now: Date.now, pass: sleep, loseEverything }, 12);
});
