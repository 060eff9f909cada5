/** One service as a child process. A benchmark must not go on after a crash, so nothing is ever started again. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { BenchError } from '../bench-error.js';

export type ServiceName = 'draft' | 'target' | 'orchestrator';

export interface ServiceProcess {
  readonly name: ServiceName;
  readonly pid: number;
  /** host:port it listens on. */
  readonly address: string;
  /** Resolves, with the reason, when the process has ended for whatever reason. */
  readonly ended: Promise<BenchError>;
  /** Asks it to end and kills it when it does not; resolves when it is gone. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 5_000;
const START_TIMEOUT_MS = 120_000;
const KEPT_LINES = 5;

const require = createRequire(import.meta.url);

/**
 * Starts a service and resolves once it serves. It leads a process group of its own, which Ctrl-C does not reach, and
 * it ends by itself when this process does, since its standard input then ends. Rejects with a BenchError when it
 * ends first or is too slow, and with the signal's reason when that aborts; the process is gone then.
 */
export async function startServiceProcess(
  name: ServiceName,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<ServiceProcess> {
  signal.throwIfAborted();
  const env = {
    ...variables,
    OUTRIDER_LISTEN_ADDRESS: '127.0.0.1:0',
    OUTRIDER_LOG_LEVEL: 'warn',
    OUTRIDER_PARENT_PID: String(process.pid),
    OUTRIDER_STOP_ON_STDIN_END: 'true',
  };
  const child = spawn(process.execPath, [require.resolve(`@outrider/app-${name}/main`)], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => undefined); // EPIPE of a child that is gone
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);

  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    complaints.push(line);
    if (complaints.length > KEPT_LINES) complaints.shift();
  });
  const ended = new Promise<BenchError>((resolve) => {
    child.once('error', (error) => complaints.push(error.message));
    child.once('close', (code, killedBy) => {
      process.off('exit', kill);
      const how = killedBy === null ? `exited with code ${code}` : `was killed by ${killedBy}`;
      resolve(new BenchError([`the ${name} service ${how}`, ...complaints].join('\n')));
    });
  });

  const stop = async (): Promise<void> => {
    const timer = setTimeout(kill, STOP_GRACE_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };

  const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
  const limits = AbortSignal.any([signal, timeout]);
  try {
    const address = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const ready = readyAddress(line, name);
        if (ready !== undefined) resolve(ready);
      });
      void ended.then(reject);
      const fail = (): void =>
        reject(signal.aborted ? BenchError.from(signal.reason) : new BenchError(`the ${name} service did not start`));
      limits.addEventListener('abort', fail, { once: true });
    });
    if (child.pid === undefined) throw new BenchError(`the ${name} service has no process id`);
    return { name, pid: child.pid, address, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads `{"ready":true,"service":"draft","address":"127.0.0.1:4711"}`; undefined for any other line. */
function readyAddress(line: string, name: ServiceName): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // some library's own output
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { ready, service, address } = value as Record<string, unknown>;
  return ready === true && service === name && typeof address === 'string' ? address : undefined;
}
