/** What a generation waits for. */
import { startRedisServer } from '@outrider/testing/redis';
import { expect, it } from 'vitest';
import { at } from '../conformance/state-under-test.fixture.js';
import { openRedisState } from './state.js';

it('claims, looks prefixes up and releases in one round trip each', async () => {
  const server = await startRedisServer();
  const state = await openRedisState({ url: server.url, idleMs: 1000 });
  try {
    const chain = Array.from({ length: 64 }, (_, i) => `n${i}`);
    const replicas = ['a', 'b', 'c'];
    const generate = async (): Promise<void> => {
      const { lease } = (await state.sessions.claim('s', 1000))!;
      await state.prefixes.find('f', replicas, chain);
      await state.sessions.release(lease, at(3));
    };
    // The first of each gives the server the script.
    await generate();
    await server.command('config', 'resetstat');
    await generate();
    const stats = await server.command('info', 'commandstats');
    // Everything else that is counted was called by the scripts, or asks for the counts.
    expect(stats).toMatch(/cmdstat_evalsha:calls=3,/);
    expect(stats).not.toMatch(/cmdstat_(eval|get|script\|load|ping|info):/);
  } finally {
    await state.close();
    await server.stop();
  }
});
