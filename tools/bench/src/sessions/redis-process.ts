/** A Redis of the benchmark's own, and what is asked of any. */
import { execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BenchError } from '../bench-error.js';

export interface BenchRedis {
  readonly url: string;
  /** Stops it, where it was started here. */
  stop(): Promise<void>;
}

export interface RedisCounts {
  readonly keys: number;
  readonly keysWithoutExpiry: number;
  /** Sessions that somebody holds. */
  readonly leases: number;
}

const START_TIMEOUT_MS = 10_000;
const run = promisify(execFile);

/** Starts a server on loopback that keeps nothing on disk. Rejects with a BenchError where none is installed. */
export async function startRedis(signal: AbortSignal): Promise<BenchRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: 'ignore', detached: true });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('exit', () => resolve('redis-server ended'));
  });
  const stop = async (): Promise<void> => {
    kill();
    await ended;
    process.off('exit', kill);
  };
  let problem: string | undefined;
  void ended.then((reason) => (problem = reason));
  const limit = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(url))) {
    if (problem === undefined && performance.now() < limit && !signal.aborted) await delay(25);
    else {
      await stop();
      signal.throwIfAborted();
      throw new BenchError(`no redis-server could be started: ${problem ?? 'it does not answer'}`);
    }
  }
  return { url, stop };
}

/** Of the keys that begin with `prefix`. Rejects with a BenchError where redis-cli cannot ask. */
export async function countKeys(url: string, prefix: string): Promise<RedisCounts> {
  const script = `
    local keys, forever, leases, now = redis.call('KEYS', ARGV[1]), 0, 0, redis.call('TIME')[1] * 1000
    for _, key in ipairs(keys) do
      if redis.call('PTTL', key) == -1 then forever = forever + 1 end
      if string.match(key, ':session$') and tonumber(redis.call('HGET', key, 'until') or 0) > now then
        leases = leases + 1
      end
    end
    return {#keys, forever, leases}`;
  try {
    const { stdout } = await run('redis-cli', ['-u', url, '-e', 'EVAL', script, '0', `${prefix}:*`]);
    const [keys = 0, keysWithoutExpiry = 0, leases = 0] = stdout.trim().split('\n').map(Number);
    return { keys, keysWithoutExpiry, leases };
  } catch (error) {
    throw BenchError.from(error);
  }
}

async function answers(url: string): Promise<boolean> {
  return run('redis-cli', ['-u', url, 'ping']).then(
    ({ stdout }) => stdout.trim() === 'PONG',
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
