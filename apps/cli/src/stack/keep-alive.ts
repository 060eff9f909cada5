import { setTimeout as delay } from 'node:timers/promises';
import { createBackoff, type BackoffOptions } from './backoff.js';
import type { RunningService } from './running-service.js';
import { exitWords, type ServiceSpec } from './service.js';
import type { StackEvent } from './stack-event.js';

export interface KeepAliveContext {
  readonly start: (spec: ServiceSpec) => RunningService;
  readonly running: ReadonlyMap<string, RunningService>;
  readonly onEvent: (event: StackEvent) => void;
  readonly backoff: BackoffOptions;
  readonly closed: AbortSignal;
}

/** Starts a service again each time it ends, until the stack closes. */
export async function keepAlive(spec: ServiceSpec, context: KeepAliveContext): Promise<void> {
  const { start, running, onEvent, closed } = context;
  const backoff = createBackoff(context.backoff);
  let service = running.get(spec.name);
  let startedAt = performance.now();
  while (service !== undefined) {
    const exit = await service.exited;
    if (closed.aborted) return;
    const inMs = backoff.next(performance.now() - startedAt);
    onEvent({ type: 'restart', service: spec.name, reason: exitWords(exit), inMs });
    await delay(inMs, undefined, { signal: closed }).catch(() => undefined);
    if (closed.aborted) return;

    startedAt = performance.now();
    service = start(spec);
    service.ready.then(
      ({ address }) => onEvent({ type: 'ready', service: spec.name, address, afterMs: performance.now() - startedAt }),
      () => undefined, // it ended instead; the loop comes to that
    );
  }
}
