/** The services of one stack, started together, watched, and ended together. */
import { abortWithin } from '../abort-within.js';
import { CliError } from '../cli-error.js';
import { whenAborted } from '../when-aborted.js';
import type { BackoffOptions } from './backoff.js';
import { keepAlive } from './keep-alive.js';
import { endedError, startService, type RunningService } from './running-service.js';
import type { ServiceName, ServiceSpec } from './service.js';
import type { StackEvent } from './stack-event.js';

export interface StackOptions {
  readonly onEvent: (event: StackEvent) => void;
  /** Aborts the start. */
  readonly signal: AbortSignal;
  /** Aborts the grace period. */
  readonly insisted?: AbortSignal;
  /** How long a service may take to serve. */
  readonly startTimeoutMs?: number;
  /** How long a service may take to leave after SIGTERM. */
  readonly graceMs?: number;
  readonly backoff?: BackoffOptions;
}

export interface Stack {
  /** Where each listens, by its name. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Where those of a service listen, in the order of their specs. */
  addressesOf(service: ServiceName): readonly string[];
  /** Resolves with the reason when a service the stack cannot do without has ended by itself. */
  readonly failed: Promise<CliError>;
  /** Ends every service; resolves when all are gone. May be called more than once. */
  stop(): Promise<void>;
}

const DEFAULTS = {
  startTimeoutMs: 120_000,
  graceMs: 5_000,
  backoff: { firstMs: 500, maxMs: 15_000, steadyMs: 60_000 },
} as const;

/**
 * Text goes on without a draft, and where there are several of a service without one of them: it is started again
 * instead of ending the stack.
 */
function canBeSpared({ service }: ServiceSpec, specs: readonly ServiceSpec[]): boolean {
  return service === 'draft' || specs.filter((spec) => spec.service === service).length > 1;
}

/**
 * Starts all services at once and resolves when all serve. When one fails to, the others are ended first and then
 * the promise rejects; likewise when `signal` aborts (with its reason).
 */
export async function startStack(specs: readonly ServiceSpec[], options: StackOptions): Promise<Stack> {
  const { onEvent, signal, insisted, startTimeoutMs, graceMs, backoff } = { ...DEFAULTS, ...options };
  signal.throwIfAborted();
  const startedAt = performance.now();
  const closing = new AbortController();
  const running = new Map<string, RunningService>();
  const addresses = new Map<string, string>();

  const start = (spec: ServiceSpec): RunningService => {
    const service = startService(spec, (line) => onEvent({ type: 'log', service: spec.name, line }));
    running.set(spec.name, service);
    return service;
  };
  const stop = async (): Promise<void> => {
    closing.abort();
    await Promise.all([...running.values()].map((service) => service.stop(graceMs, insisted)));
  };

  try {
    await withDeadline(
      Promise.all(
        specs.map(async (spec) => {
          const { address } = await start(spec).ready;
          addresses.set(spec.name, address);
          onEvent({ type: 'ready', service: spec.name, address, afterMs: performance.now() - startedAt });
        }),
      ),
      startTimeoutMs,
      signal,
      () => specs.filter(({ name }) => !addresses.has(name)).map(({ name }) => name),
    );
  } catch (error) {
    await stop();
    throw error;
  }

  const failed = new Promise<CliError>((resolve) => {
    for (const spec of specs) {
      if (canBeSpared(spec, specs)) {
        void keepAlive(spec, { start, running, onEvent, backoff, closed: closing.signal });
      } else {
        const service = running.get(spec.name);
        void service?.exited.then((exit) => {
          if (!closing.signal.aborted) resolve(endedError(spec.name, exit, service.problems()));
        });
      }
    }
  });
  const addressesOf = (service: ServiceName): string[] =>
    specs.filter((spec) => spec.service === service).map(({ name }) => addresses.get(name) ?? '');
  return { addresses, addressesOf, failed, stop };
}

/** `work`, unless `signal` aborts or the time is over first. */
async function withDeadline(
  work: Promise<unknown>,
  timeoutMs: number,
  signal: AbortSignal,
  missing: () => readonly string[],
): Promise<void> {
  const limit = abortWithin(timeoutMs, signal);
  work.catch(() => undefined); // when the limit is first, nobody asks how the work ends
  try {
    await Promise.race([work, whenAborted(limit.signal)]);
    if (limit.isLate()) throw new CliError(`${missing().join(' and ')} did not start within ${timeoutMs / 1000} s`);
    signal.throwIfAborted();
  } finally {
    limit.release();
  }
}
