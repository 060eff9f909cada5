import { Server, ServerCredentials } from '@grpc/grpc-js';
import { OutriderError, fileDescriptorSet } from '@outrider/contracts';
import { HealthImplementation } from 'grpc-health-check';
import { channelOptions } from './channel-options.js';
import { addReflection } from './reflection.js';
import type { CallObserver, Service } from './service.js';

export interface ServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly services: readonly Service[];
  /** Told of every call that failed, with the whole error: the client of a bug learns only that there is one. */
  readonly onFailure?: (path: string, error: OutriderError) => void;
}

export interface RunningServer {
  /** `host:port` it listens on. */
  readonly address: string;
  /** Calls to its services, health and reflection aside, that are not over. */
  activeCalls(): number;
  /** Health says NOT_SERVING from now on. Calls are taken as before: it is for the handlers to refuse some. */
  notServing(): void;
  /**
   * Stops: health says NOT_SERVING, no new calls, running ones have `graceMs` to finish and are then cancelled.
   * Resolves when none is left.
   */
  drain(graceMs: number): Promise<void>;
}

/** How long each of these may take: handlers that are told to stop, the last trailers, handlers that are cut off. */
const flushMs = 250;

/**
 * Serves over plaintext HTTP/2, with grpc.health.v1 and reflection beside the services.
 * Rejects when the address cannot be bound.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = new Server(channelOptions);
  const names = options.services.map(({ definition }) => serviceName(definition));
  const health = new HealthImplementation(Object.fromEntries(['', ...names].map((name) => [name, 'SERVING'])));

  const active = new Set<(reason: OutriderError) => void>();
  let whenIdle: (() => void) | undefined;
  const observe: CallObserver = (path, stop) => {
    active.add(stop);
    return (failure) => {
      active.delete(stop);
      if (failure) options.onFailure?.(path, failure);
      if (active.size === 0) whenIdle?.();
    };
  };
  for (const service of options.services) server.addService(service.definition, service.implement(observe));
  health.addToServer(server);
  addReflection(server, fileDescriptorSet, names);

  const notServing = (): void => {
    for (const name of ['', ...names]) health.setStatus(name, 'NOT_SERVING');
  };

  const port = await bind(server, options.address);
  return {
    address: options.address.replace(/:\d+$/, `:${port}`),
    activeCalls: () => active.size,
    notServing,
    async drain(graceMs) {
      notServing();
      const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const idle = (): Promise<void> =>
        active.size === 0 ? Promise.resolve() : new Promise((resolve) => (whenIdle = resolve));
      await atMost(graceMs, idle());
      // Those who are cut off are told why, if their handlers listen.
      for (const stop of active) stop(new OutriderError('unavailable', 'the service is stopping'));
      await atMost(flushMs, idle());
      // Health watchers keep their streams open for ever, so the server's own shutdown may never end by itself.
      if (active.size === 0) await atMost(flushMs, closed);
      server.forceShutdown();
      await atMost(flushMs, idle());
    },
  };
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

/** `outrider.v1.DraftService`, from the path of any of its methods. */
function serviceName(definition: Service['definition']): string {
  const [method] = Object.values(definition);
  return method?.path.split('/')[1] ?? '';
}

/** Resolves when the promise does, or after so many milliseconds; the timer never outlives it. */
async function atMost(milliseconds: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
