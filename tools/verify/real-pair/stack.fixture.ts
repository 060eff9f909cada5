/** The default pair behind the three services, each a process of its own on loopback. */
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { ensureDefaultPair } from '@outrider/models';
import { type GenerationClient, openClient } from './generation-client.fixture.js';
import { type ServiceExit, type ServiceProcess, startService } from './service-process.fixture.js';

export interface RealStack {
  readonly draft: ServiceProcess;
  readonly target: ServiceProcess;
  readonly orchestrator: ServiceProcess;
  readonly client: GenerationClient;
  /** Another draft process on the address of the first, which must be gone. It is stopped with the stack. */
  restartDraft(): Promise<ServiceProcess>;
  /** Asks every service to end; resolves with how each ended, the restarted draft's way last. */
  stop(): Promise<ServiceExit[]>;
}

export interface StackOptions {
  /** Sessions that draft and target hold at a time, each. */
  readonly slots?: number;
  /** Sessions that may wait for a slot, of each. */
  readonly queueLength?: number;
  /** Threads of a forward pass. */
  readonly threads?: number;
  /** Where the services put temporary files. */
  readonly temporaryFolder?: string;
}

/** Ports are free ones: the replicas say which they took, and the orchestrator is told. */
export async function startStack(options: StackOptions = {}): Promise<RealStack> {
  const { queueLength = 64, slots = 4, threads = 2, temporaryFolder = tmpdir() } = options;
  await ensureDefaultPair();
  const common = { TMPDIR: temporaryFolder };
  const replica = {
    ...common,
    OUTRIDER_SLOTS: `${slots}`,
    OUTRIDER_QUEUE_LENGTH: `${queueLength}`,
    OUTRIDER_THREADS: `${threads}`,
  };
  const running: ServiceProcess[] = [];
  const start = async (...args: Parameters<typeof startService>): Promise<ServiceProcess> => {
    const service = await startService(...args);
    running.push(service);
    return service;
  };
  const stopAll = (): Promise<ServiceExit[]> => {
    for (const service of running) service.signal('SIGTERM');
    return Promise.all(running.map(({ exited }) => exited));
  };
  try {
    const replicas = [start('draft', replica), start('target', replica)] as const;
    // Both have started or failed before anything is stopped.
    await Promise.allSettled(replicas);
    const [draft, target] = await Promise.all(replicas);
    const orchestrator = await start('orchestrator', {
      ...common,
      OUTRIDER_DRAFT_ADDRESS: draft.address,
      OUTRIDER_TARGET_ADDRESS: target.address,
    });
    const client = openClient(orchestrator.address);
    return {
      draft,
      target,
      orchestrator,
      client,
      restartDraft: () => start('draft', { ...replica, OUTRIDER_LISTEN_ADDRESS: draft.address }),
      stop: () => {
        client.close();
        return stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** Whether the operating system still knows the process. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether anything accepts connections at host:port. */
export function accepts(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = connectSocket({ host, port: Number(port) });
    const answer = (accepted: boolean) => () => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}
