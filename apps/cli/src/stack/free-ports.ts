import { createServer, type Server } from 'node:net';

const HOST = '127.0.0.1';

/**
 * Loopback addresses with ports that are free now. They are held together until all are known, so they differ.
 * The ports must be known before the services start, since all start at once and the orchestrator is told where
 * the other two will listen; a restarted draft comes back at the same address for the same reason.
 */
export async function freeAddresses(count: number): Promise<string[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const addresses = servers.map(addressOf);
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return addresses;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: HOST, port: 0, exclusive: true }, () => resolve(server));
  });
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return `${HOST}:${address.port}`;
}
