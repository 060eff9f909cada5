import { afterEach, expect, it, vi } from 'vitest';
import { startRedisServer } from './index.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('starts servers that end without a trace, and start again empty', async () => {
  const server = await startRedisServer();
  expect(await server.command('set', 'a', '1')).toBe('OK');
  await expect(server.command('incr', 'a', 'b')).rejects.toThrow('wrong number of arguments');
  await server.restart();
  expect(await server.command('exists', 'a')).toBe('0');
  await server.stop();
  await expect(server.command('ping')).rejects.toThrow();
});

it('says in a line how to get a server that is missing', async () => {
  vi.stubEnv('PATH', '');
  await expect(startRedisServer()).rejects.toThrow(/^redis-server, .* is not installed: apt-get install redis-server/);
});

it('says that a server did not start', async () => {
  await expect(startRedisServer({ config: ['nonsense'] })).rejects.toThrow('redis-server ended with status 1');
});
