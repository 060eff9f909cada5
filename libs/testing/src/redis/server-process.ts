import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';

/** A redis-server on 127.0.0.1 that keeps nothing on disk. */
export interface RedisServer {
  readonly port: number;
  /** redis://127.0.0.1:port */
  readonly url: string;
  /** What redis-cli prints for a command. Rejects when it is not answered, or with an error. */
  command(...args: string[]): Promise<string>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Stops it in its tracks: it keeps its connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Starts it again on its port, empty. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Further lines of its configuration. */
  readonly config?: readonly string[];
  /** Serves as a Sentinel. */
  readonly sentinel?: boolean;
  /** How redis-cli reaches it, besides host and port: for TLS or a password. */
  readonly cliArgs?: readonly string[];
}

const run = promisify(execFile);

/** Starts a server on a free port and waits until it answers. Rejects, saying how to install it, when it is missing. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-redis-'));
  const port = await freePort();
  const file = join(folder, 'redis.conf');
  const persistence = options.sentinel ? [] : ['save ""', 'appendonly no'];
  const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...persistence, ...(options.config ?? [])];
  const cli = ['-h', '127.0.0.1', '-p', `${port}`, '-e', ...(options.cliArgs ?? [])];
  const command = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('redis-cli', [...cli, ...args], { timeout: 10_000 });
    return stdout.trim();
  };
  const start = async (): Promise<ChildProcess> => {
    // A Sentinel writes into its configuration.
    writeFileSync(file, `${lines.join('\n')}\n`);
    const child = await spawnServer([file, ...(options.sentinel ? ['--sentinel'] : [])]);
    const ended = new Promise<never>((_, reject) => {
      child.once('exit', (status) => reject(new Error(`redis-server ended with status ${status} instead of serving`)));
    });
    const answers = waitUntil(async () => child.exitCode !== null || (await command('ping')) === 'PONG');
    // Only its start waits for this; a later end is nobody's failure.
    ended.catch(() => {});
    await Promise.race([answers, ended]);
    return child;
  };

  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  let child = await start().catch((error: unknown) => {
    removeFolder();
    throw error;
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      await kill();
      child = await start();
    },
    async stop() {
      await kill();
      removeFolder();
    },
  };
}

/** Asks again and again until it is so. Throws what the last try threw, or that it takes too long. */
export async function waitUntil(check: () => Promise<boolean>, limitMs = 15_000): Promise<void> {
  const limit = performance.now() + limitMs;
  for (;;) {
    try {
      if (await check()) return;
      if (performance.now() > limit) throw new Error('Redis takes too long to be ready');
    } catch (error) {
      if (performance.now() > limit) throw error;
    }
    await sleep(25);
  }
}

async function spawnServer(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', () => reject(new Error(missing)));
  });
  // The server does not notice by itself that the tests were ended.
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

const missing =
  'redis-server, which these tests start, is not installed: apt-get install redis-server, or brew install redis';
