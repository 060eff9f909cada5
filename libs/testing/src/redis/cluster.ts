import { freePort } from './free-port.js';
import { type RedisServer, startRedisServer, waitUntil } from './server-process.js';

export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** redis+cluster://127.0.0.1:port,... */
  readonly url: string;
  stop(): Promise<void>;
}

const slots = 16_384;

/** Starts a cluster of masters, each with its part of the slots, and waits until all of them find it in order. */
export async function startRedisCluster(size = 3): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  const busPorts: number[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    for (let i = 0; i < size; i++) {
      const busPort = await freePort();
      const config = ['cluster-enabled yes', `cluster-port ${busPort}`, 'cluster-node-timeout 2000'];
      nodes.push(await startRedisServer({ config }));
      busPorts.push(busPort);
    }
    await Promise.all(
      nodes.map(async (node, i) => {
        const [from, to] = [i, i + 1].map((part) => Math.round((part * slots) / size)) as [number, number];
        await node.command('cluster', 'set-config-epoch', `${i + 1}`);
        await node.command('cluster', 'addslotsrange', `${from}`, `${to - 1}`);
        for (const [j, other] of nodes.entries()) {
          if (j !== i) await node.command('cluster', 'meet', '127.0.0.1', `${other.port}`, `${busPorts[j]}`);
        }
      }),
    );
    for (const node of nodes) await waitUntil(() => isInOrder(node, size));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`, stop };
}

async function isInOrder(node: RedisServer, size: number): Promise<boolean> {
  const info = await node.command('cluster', 'info');
  return [`cluster_state:ok`, `cluster_slots_ok:${slots}`, `cluster_size:${size}`].every((line) => info.includes(line));
}
