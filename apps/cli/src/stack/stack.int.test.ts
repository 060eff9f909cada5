import { describe, expect, it, onTestFinished } from 'vitest';
import { CliError } from '../cli-error.js';
import { behaviours, fakeService, isAlive } from './fake-service.fixture.js';
import type { ServiceSpec } from './service.js';
import type { StackEvent } from './stack-event.js';
import { startStack, type Stack, type StackOptions } from './stack.js';

const never = new AbortController().signal;
const { good, diesAfter } = behaviours;

function recorder() {
  const events: StackEvent[] = [];
  const waiters: (() => void)[] = [];
  const onEvent = (event: StackEvent): void => {
    events.push(event);
    for (const wake of waiters.splice(0)) wake();
  };
  const until = async (predicate: (events: readonly StackEvent[]) => boolean): Promise<void> => {
    while (!predicate(events)) await new Promise<void>((wake) => waiters.push(wake));
  };
  return { events, onEvent, until };
}

/** The pid of a fake service: it is the port of its address. */
const pidOf = (stack: Stack, name: 'draft' | 'target' | 'orchestrator'): number =>
  Number(stack.addresses.get(name)?.split(':')[1]);

async function start(specs: readonly ServiceSpec[], options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack(specs, { signal: never, onEvent: () => undefined, graceMs: 2_000, ...options });
  onTestFinished(() => stack.stop());
  return stack;
}

async function rejection(promise: Promise<unknown>): Promise<CliError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CliError)) throw new Error(`expected a CliError, got ${String(error)}`);
  return error;
}

describe('startStack', () => {
  it('starts all services at once, tells when each is ready, and ends all of them', async () => {
    const { events, onEvent } = recorder();
    const stack = await start(
      [fakeService('draft', good(300)), fakeService('target', good()), fakeService('orchestrator', good())],
      { onEvent },
    );
    const pids = (['draft', 'target', 'orchestrator'] as const).map((name) => pidOf(stack, name));
    expect(events.filter(({ type }) => type === 'ready')).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ type: 'ready', service: 'draft', address: `127.0.0.1:${pids[0]}` });
    expect(pids.every(isAlive)).toBe(true);

    await stack.stop();
    expect(pids.some(isAlive)).toBe(false);
  });

  it.each(['draft', 'target', 'orchestrator'] as const)(
    'ends the others and says why when %s fails at start',
    async (name) => {
      const { events, onEvent } = recorder();
      const specs = (['draft', 'target', 'orchestrator'] as const).map((service) =>
        fakeService(service, service === name ? `setTimeout(() => { ${behaviours.crashAtStart} }, 500)` : good()),
      );
      const error = await rejection(startStack(specs, { signal: never, onEvent, graceMs: 2_000 }));
      expect(error.message).toBe(`${name} exited with code 3: cannot load: no such model`);
      expect(error.exitCode).toBe(1);
      const pids = events.flatMap((event) => (event.type === 'ready' ? [Number(event.address.split(':')[1])] : []));
      expect(pids).toHaveLength(2);
      expect(pids.some(isAlive)).toBe(false);
    },
  );

  it('names a program that cannot be run', async () => {
    const spec: ServiceSpec = { ...fakeService('target', ''), command: '/nonexistent/program' };
    const error = await rejection(startStack([spec], { signal: never, onEvent: () => undefined }));
    expect(error.message).toMatch(/^target exited with code 127: .*ENOENT/);
  });

  it('gives up on services that do not get ready in time, and names them', async () => {
    const specs = [fakeService('draft', behaviours.neverReady), fakeService('target', good())];
    const error = await rejection(
      startStack(specs, { signal: never, onEvent: () => undefined, startTimeoutMs: 1_500 }),
    );
    expect(error.message).toBe('draft did not start within 1.5 s');
  });

  it('rejects with the reason of an abort and ends what it had started', async () => {
    const { events, onEvent, until } = recorder();
    const abort = new AbortController();
    const starting = startStack([fakeService('target', good()), fakeService('draft', behaviours.neverReady)], {
      signal: abort.signal,
      onEvent,
    });
    await until((seen) => seen.length > 0);
    const reason = new CliError('interrupted', 130);
    abort.abort(reason);
    expect(await rejection(starting)).toBe(reason);
    const [ready] = events;
    expect(ready?.type === 'ready' && isAlive(Number(ready.address.split(':')[1]))).toBe(false);
  });

  it('kills a service that ignores SIGTERM when its grace is over', async () => {
    const stack = await start([fakeService('target', behaviours.ignoresTerm())], { graceMs: 300 });
    const pid = pidOf(stack, 'target');
    await stack.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('kills at once when the user insists', async () => {
    const insisted = new AbortController();
    const stack = await start([fakeService('target', behaviours.ignoresTerm())], {
      graceMs: 2 ** 30,
      insisted: insisted.signal,
    });
    const pid = pidOf(stack, 'target');
    const stopped = stack.stop();
    insisted.abort();
    await stopped;
    expect(isAlive(pid)).toBe(false);
  });

  it('takes along what a service has started itself', async () => {
    const { events, onEvent } = recorder();
    const stack = await start([fakeService('target', behaviours.withGrandchild())], { onEvent });
    const log = events.find((event) => event.type === 'log');
    const grandchild = Number(log?.type === 'log' && log.line.message.split(' ')[1]);
    expect(isAlive(grandchild)).toBe(true);
    await stack.stop();
    await expect.poll(() => isAlive(grandchild)).toBe(false);
  });

  it('fails when a service it cannot do without ends by itself, an exit with code 0 included', async () => {
    const stack = await start([fakeService('target', diesAfter(200, 0)), fakeService('draft', good())]);
    expect((await stack.failed).message).toBe('target exited with code 0');
  });

  it('starts a draft again, at the same arguments, as often as it dies', async () => {
    const { events, onEvent, until } = recorder();
    const specs = [fakeService('draft', diesAfter(100, 9)), fakeService('target', good())];
    const stack = await start(specs, { onEvent, backoff: { firstMs: 20, maxMs: 40, steadyMs: 60_000 } });
    await until((seen) => seen.filter(({ type }) => type === 'restart').length === 3);
    const restarts = events.filter((event) => event.type === 'restart');
    expect(restarts.map(({ inMs }) => inMs)).toEqual([20, 40, 40]);
    expect(restarts[0]).toMatchObject({ service: 'draft', reason: 'exited with code 9' });

    await stack.stop();
    const count = events.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(events.length).toBe(count);
  });

  it('starts one of several targets again, and knows all of a service', async () => {
    const { onEvent, until } = recorder();
    const specs = [
      fakeService('target', diesAfter(300, 0), 'target-1'),
      fakeService('target', good(), 'target-2'),
      fakeService('orchestrator', good()),
    ];
    const stack = await start(specs, { onEvent, backoff: { firstMs: 20, maxMs: 40, steadyMs: 60_000 } });
    expect(stack.addressesOf('target')).toEqual([stack.addresses.get('target-1'), stack.addresses.get('target-2')]);
    await until((seen) => seen.some((event) => event.type === 'restart' && event.service === 'target-1'));
    await until((seen) => seen.filter(({ type, service }) => type === 'ready' && service === 'target-1').length === 2);
  });
});
