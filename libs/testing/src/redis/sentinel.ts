import { type RedisServer, startRedisServer, waitUntil } from './server-process.js';

export interface RedisSentinel {
  readonly sentinel: RedisServer;
  /** The master at first, and its replica. */
  readonly servers: readonly [RedisServer, RedisServer];
  /** redis+sentinel://127.0.0.1:port/main */
  readonly url: string;
  /** Has the replica take over at once, the master being in order, and waits for that. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

const name = 'main';

/** Starts a master with a replica, and one Sentinel that watches them. */
export async function startRedisSentinel(): Promise<RedisSentinel> {
  const started: RedisServer[] = [];
  const start = async (...args: Parameters<typeof startRedisServer>): Promise<RedisServer> => {
    const server = await startRedisServer(...args);
    started.push(server);
    return server;
  };
  const stop = async (): Promise<void> => void (await Promise.all(started.map((server) => server.stop())));
  try {
    const master = await start({ config: ['repl-diskless-sync-delay 0'] });
    const replica = await start({ config: [`replicaof 127.0.0.1 ${master.port}`] });
    const monitor = [
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 5000`,
    ];
    const sentinel = await start({ sentinel: true, config: monitor });
    await waitUntil(async () => (await replica.command('info', 'replication')).includes('master_link_status:up'));
    await waitUntil(async () => (await sentinel.command('sentinel', 'replicas', name)).includes(`${replica.port}`));
    return {
      sentinel,
      servers: [master, replica],
      url: `redis+sentinel://127.0.0.1:${sentinel.port}/${name}`,
      async failOver() {
        const before = await sentinel.command('sentinel', 'get-master-addr-by-name', name);
        await waitUntil(async () => (await sentinel.command('sentinel', 'failover', name)) === 'OK');
        await waitUntil(async () => (await sentinel.command('sentinel', 'get-master-addr-by-name', name)) !== before);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
