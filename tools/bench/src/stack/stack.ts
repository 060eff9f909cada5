/** The three services of one warm stack, as separate processes that talk gRPC on the loopback interface. */
import { oneMachineEnvironment } from '@outrider/config';
import type { ModelPair } from '@outrider/models';
import { waitForServing } from '@outrider/rpc';
import { peakMemoryMiB, resetPeakMemory } from './memory.js';
import { type ServiceName, type ServiceProcess, startServiceProcess } from './service-process.js';

export interface Stack {
  /** The orchestrator's. */
  readonly address: string;
  readonly services: readonly Pick<ServiceProcess, 'name' | 'pid' | 'address'>[];
  /** Aborts with a BenchError when a service ends by itself, and with the caller's signal. */
  readonly signal: AbortSignal;
  /** The most memory each process has held so far, in MiB. */
  peakMemory(): Partial<Record<ServiceName, number>>;
  /** Starts over: the peaks are those from now on, where the system allows it. */
  resetPeakMemory(): void;
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly models: ModelPair;
  /** Threads of one forward pass. */
  readonly threads: number;
  /** Further settings, the same for all services. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * A generation gives a late draft up and goes on without it; that is right for a service, and here would turn a
 * hiccup of the machine into a measurement of something else.
 */
const DRAFT_TIMEOUT_MS = 30_000;

export async function startStack({ models, threads, variables: common, env, signal }: StackOptions): Promise<Stack> {
  const failure = new AbortController();
  const running: ServiceProcess[] = [];
  let stopping = false;

  const start = async (name: ServiceName, variables: NodeJS.ProcessEnv): Promise<ServiceProcess> => {
    const service = await startServiceProcess(name, { ...oneMachineEnvironment(env), ...common, ...variables }, signal);
    running.push(service);
    void service.ended.then((reason) => {
      if (!stopping) failure.abort(reason);
    });
    return service;
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(running.map((service) => service.stop()));
  };

  const threadsVariable = { OUTRIDER_THREADS: String(threads) };
  try {
    const replicas = await Promise.allSettled([
      start('draft', { OUTRIDER_MODEL_DIRECTORY: models.draft.directory, ...threadsVariable }),
      start('target', { OUTRIDER_MODEL_DIRECTORY: models.target.directory, ...threadsVariable }),
    ]);
    const [draft, target] = replicas.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value.address;
    });
    const orchestrator = await start('orchestrator', {
      OUTRIDER_MODEL_DIRECTORY: models.target.directory,
      OUTRIDER_DRAFT_ADDRESS: draft,
      OUTRIDER_TARGET_ADDRESS: target,
      OUTRIDER_DRAFT_TIMEOUT_MS: String(DRAFT_TIMEOUT_MS),
    });
    await waitForServing(orchestrator.address, signal);
    return {
      address: orchestrator.address,
      services: running,
      signal: AbortSignal.any([signal, failure.signal]),
      peakMemory: () => Object.fromEntries(running.map(({ name, pid }) => [name, peakMemoryMiB(pid)])),
      resetPeakMemory: () => running.forEach(({ pid }) => resetPeakMemory(pid)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
