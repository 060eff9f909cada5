/** One of the services as a child process of the test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const require = createRequire(import.meta.url);

export interface ServiceProcess {
  /** host:port it listens on. */
  readonly address: string;
  readonly pid: number;
  /** What it wrote to standard error so far. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process is gone. */
  readonly exited: Promise<ServiceExit>;
}

/** One of the two is set. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Starts `@outrider/app-<name>` with its settings as environment variables; resolves with its ready line. It ends
 * with this process, however this process ends: it watches a pipe that only this process holds. Rejects when it ends
 * before it serves, with what it said.
 */
export async function startService(
  name: 'draft' | 'target' | 'orchestrator',
  settings: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [require.resolve(`@outrider/app-${name}/main`)], {
    env: {
      ...process.env,
      ORT_DISABLE_TELEMETRY: '1',
      OUTRIDER_LOG_LEVEL: 'warn',
      OUTRIDER_STOP_ON_STDIN_END: 'true',
      ...settings,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exited = once(child, 'close').then(([code, signal]): ServiceExit => ({ code, signal }));
  const address = await Promise.race([
    readyAddress(child.stdout, name),
    exited.then(({ code, signal }) => Promise.reject(new Error(`${name} ended with ${code ?? signal}: ${log}`))),
  ]).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    address,
    pid: child.pid as number,
    log: () => log,
    signal: (signal) => void child.kill(signal),
    exited,
  };
}

/** The address in the JSON line that says the service is ready. */
async function readyAddress(stdout: Readable, name: string): Promise<string> {
  const lines = createInterface({ input: stdout });
  const [line = '']: string[] = await once(lines, 'line');
  const { ready, service, address } = JSON.parse(line) as { ready: boolean; service: string; address: string };
  if (!ready || service !== name) throw new Error(`not the ready line of ${name}: ${line}`);
  return address;
}
