/** The three services as real processes, each with what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type ServiceName = 'draft' | 'target' | 'orchestrator';

export interface ServiceProcess {
  readonly child: ChildProcess;
  /** From its ready line. */
  readonly address: string;
  /** Lines on standard output and records on standard error, so far. */
  readonly stdout: readonly string[];
  readonly logs: readonly Record<string, unknown>[];
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
}

/** An app is never imported by another, only run. */
export const programOf = (name: ServiceName): string =>
  fileURLToPath(new URL(`../../${name}/dist/main.js`, import.meta.url));

const running = new Set<ChildProcess>();

/** Starts a service and waits for its ready line. Rejects with its last log line when it ends before. */
export async function startProcess(
  name: ServiceName,
  variables: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const env = { ...process.env, OUTRIDER_PARENT_PID: String(process.pid), OUTRIDER_THREADS: '1', ...variables };
  const child = spawn(process.execPath, [programOf(name)], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  const stdout: string[] = [];
  const logs: Record<string, unknown>[] = [];
  const exited = once(child, 'close').then(([code, signal]: unknown[]) => {
    running.delete(child);
    return (code ?? signal) as number | string;
  });
  createInterface({ input: child.stderr }).on('line', (line) => logs.push(JSON.parse(line)));
  const firstLine = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      stdout.push(line);
      resolve(line);
    });
  });
  const ended = exited.then((code) => {
    throw new Error(`${name} ended with ${code}: ${JSON.stringify(logs.at(-1))}`);
  });
  ended.catch(() => undefined);
  const { address } = JSON.parse(await Promise.race([firstLine, ended]));
  return { child, address, stdout, logs, exited };
}

/** Ends what a failed test has left. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
