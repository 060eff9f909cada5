import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../error.js';
import { type Circuit, createCircuit } from './circuit.js';
import type { RedisClient } from './connection.js';
import { isReply, toStoreError } from './errors.js';
import { type ScriptName, defineScripts, runScript } from './scripts.js';

/** Every call to Redis: within a time, tried again once or twice, not at all while the circuit is open. */
export interface RedisCalls {
  /** What a script answers. It may run more than once: its result is that of the last run. */
  script(name: ScriptName, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown>;
  /** Any other command. `attempt` counts from 0. */
  call<T>(send: (client: RedisClient, attempt: number) => Promise<T>): Promise<T>;
  readonly closed: boolean;
  stop(): void;
}

export interface RedisCallsOptions {
  readonly timeoutMs: number;
  readonly onAvailability?: ((available: boolean, error?: StoreError) => void) | undefined;
}

const attempts = 3;
/** Before the second attempt; twice that before the third. */
const pauseMs = 20;
/** Calls that may wait for a connection. */
const mostWaiting = 10_000;
const circuitOptions = { failures: 3, firstRetryMs: 250, mostRetryMs: 5000 };

export function createRedisCalls(client: RedisClient, { timeoutMs, onAvailability }: RedisCallsOptions): RedisCalls {
  defineScripts(client);
  const connection = watchConnection(client);
  const circuit: Circuit = createCircuit({
    ...circuitOptions,
    probe: async () => {
      const until = performance.now() + timeoutMs;
      await connection.ready(until);
      await within(until, client.ping());
    },
    onChange: onAvailability,
  });
  client.on('ready', circuit.retry);

  async function call<T>(send: (client: RedisClient, attempt: number) => Promise<T>): Promise<T> {
    circuit.check();
    const until = performance.now() + timeoutMs;
    for (let attempt = 0; ; attempt++) {
      let connected = false;
      try {
        await connection.ready(until);
        connected = true;
        const answer = await within(until, send(client, attempt));
        circuit.succeeded();
        return answer;
      } catch (cause) {
        const error = toStoreError(cause);
        // It answers, so it is there.
        if (connected && error.code === 'refused') {
          circuit.succeeded();
          throw error;
        }
        const pause = pauseMs * 2 ** attempt;
        if (attempt + 1 === attempts || performance.now() + pause >= until) {
          circuit.failed(error, !connected);
          throw error;
        }
        await sleep(pause);
      }
    }
  }

  return {
    call,
    script: (name, keys, args) => call((redis) => runScript(redis, name, keys, args)),
    get closed() {
      return circuit.closed;
    },
    stop() {
      circuit.stop();
      client.disconnect();
    },
  };
}

interface Connection {
  /** Rejects with a StoreError when there is no connection by then. */
  ready(until: number): Promise<void>;
}

function watchConnection(client: RedisClient): Connection {
  let lastError: unknown;
  let waiting = 0;
  let next: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  client.setMaxListeners(0);
  client.on('error', (error: unknown) => (lastError = error));
  client.on('ready', () => {
    lastError = undefined;
    next?.resolve();
    next = undefined;
  });
  return {
    async ready(until) {
      if (client.status === 'ready') return;
      if (client.status === 'end') throw new StoreError('unavailable', 'the connection to Redis was closed');
      if (waiting >= mostWaiting) throw new StoreError('unavailable', 'too many calls wait for Redis');
      waiting++;
      try {
        next ??= deferred();
        await within(until, next.promise);
      } catch (error) {
        // Why there is no connection says more than that there is none.
        const known = lastError === undefined ? undefined : toStoreError(rootOf(lastError));
        throw known ? new StoreError(known.code, known.message, { cause: lastError }) : error;
      } finally {
        waiting--;
      }
    },
  };
}

/** A cluster's error says only that it has no connection; the last of its nodes' says why. */
function rootOf(error: unknown): unknown {
  if (isReply(error) || !(error instanceof Error) || !('lastNodeError' in error)) return error;
  return error.lastNodeError ?? error;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** What a promise resolves to; rejects with a StoreError when that takes too long. */
async function within<T>(until: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new StoreError('unavailable', 'Redis did not answer in time')),
      Math.max(0, until - performance.now()),
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
