import type { RunningServer } from './server.js';

export interface StartedService {
  readonly server: Pick<RunningServer, 'address' | 'drain'>;
  /** Frees what the handlers used, once no call is left. */
  dispose(): Promise<void>;
}

export interface ServiceOptions {
  /** Name in the ready line. */
  readonly service: string;
  /** How long running calls may take after SIGTERM or SIGINT. */
  readonly graceMs: number;
  /** Process that started this one: when it is gone, so is this one. */
  readonly parentPid?: number | undefined;
  /** The supervisor holds the other end of standard input: when it ends, so does this process. */
  readonly stopOnStdinEnd?: boolean;
  /** Loads and binds; serving when it resolves. */
  start(): Promise<StartedService>;
  /** Told why the service stops. */
  onStop(reason: string): void;
}

/** How often to look whether the parent is still there. */
const parentPollMs = 500;

/**
 * Runs one service as this process: starts it, says so in one JSON line on standard output, and stops it on
 * SIGTERM, SIGINT or the end of its parent. A second signal, or one before it serves, ends it at once.
 *
 * A service never outlives its supervisor, which may be killed and then cannot say goodbye: it watches the IPC
 * channel, when it was started with one, and standard input and the parent's process id, when it is told to.
 *
 * Resolves when everything is freed; the caller exits. Rejects when the start fails.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  let serving = false;
  const stopping = new Promise<string>((resolve) => {
    let asked = false;
    const stop = (reason: string): void => {
      if (!serving) process.exit(0);
      // Several watches may notice the same end of the parent: only an insisting person counts as a second time.
      if (asked && reason !== parentGone) process.exit(1);
      asked = true;
      resolve(reason);
    };
    process.on('SIGTERM', () => stop('SIGTERM'));
    process.on('SIGINT', () => stop('SIGINT'));
    watchParent(options, () => stop(parentGone));
  });
  // A supervisor that is gone does not read; writing to it must not end the service before it has cleaned up.
  process.stdout.on('error', () => undefined);

  const { server, dispose } = await options.start();
  serving = true;
  process.stdout.write(`${JSON.stringify({ ready: true, service: options.service, address: server.address })}\n`);

  const reason = await stopping;
  options.onStop(reason);
  await server.drain(reason === parentGone ? 0 : options.graceMs);
  await dispose();
}

const parentGone = 'the parent process is gone';

function watchParent({ parentPid, stopOnStdinEnd }: ServiceOptions, onGone: () => void): void {
  if (process.channel) process.once('disconnect', onGone);
  if (stopOnStdinEnd) {
    process.stdin.once('end', onGone).once('error', onGone).resume();
  }
  if (parentPid === undefined) return;
  const timer = setInterval(() => {
    // An orphan is given a new parent, so a reused process id deceives nobody.
    if (process.ppid === parentPid && isAlive(parentPid)) return;
    clearInterval(timer);
    onGone();
  }, parentPollMs);
  timer.unref();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
