/** One supervised child process, from spawn to its last breath. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CliError } from '../cli-error.js';
import { parseLogLine, type LogLine } from './log-line.js';
import { killGroup, signalGroup } from './process-group.js';
import { parseReadyLine, type ReadyLine } from './ready-line.js';
import { exitWords, type ServiceExit, type ServiceSpec } from './service.js';

export interface RunningService {
  readonly name: string;
  /** Also its process group. Undefined when it could not be spawned. */
  readonly pid: number | undefined;
  /** Rejects with a CliError when the service ends first. */
  readonly ready: Promise<ReadyLine>;
  readonly exited: Promise<ServiceExit>;
  /** The last warnings and errors it wrote, oldest first. */
  problems(): readonly string[];
  /** Asks it to end, kills it after `graceMs` or as soon as `insisted` aborts; resolves when it is gone. */
  stop(graceMs: number, insisted?: AbortSignal): Promise<void>;
}

const KEPT_PROBLEMS = 5;

/**
 * Starts the program in a process group of its own: a terminal's Ctrl-C then reaches the supervisor alone, which
 * ends its children in order. Its standard input is a pipe only the supervisor holds: when the supervisor is gone,
 * however it went, the child reads end-of-file and leaves.
 */
export function startService(spec: ServiceSpec, onLog: (line: LogLine) => void): RunningService {
  const child = spawn(spec.command, spec.args, { env: spec.env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stdin.on('error', () => undefined); // EPIPE of a child that has closed its end
  const { pid } = child;
  const problems: string[] = [];

  // An exit by exception leaves no time for a grace period, yet must leave no child.
  const killAtExit = (): void => killGroup(pid);
  process.once('exit', killAtExit);

  const exited = new Promise<ServiceExit>((resolve) => {
    child.once('error', (error) => {
      problems.push(error.message);
      if (pid === undefined) resolve({ code: 127, signal: null });
    });
    // What the service itself started goes with it; it could also hold the pipes open and keep `close` from coming.
    child.once('exit', () => killGroup(pid));
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => process.off('exit', killAtExit));

  createInterface({ input: child.stderr }).on('line', (text) => {
    if (text.trim() === '') return;
    const line = parseLogLine(text);
    if (line.level === 'warn' || line.level === 'error') {
      problems.push(line.message);
      if (problems.length > KEPT_PROBLEMS) problems.shift();
    }
    onLog(line);
  });

  const ready = new Promise<ReadyLine>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parseReadyLine(text);
      if (line !== undefined) resolve(line);
    });
    void exited.then((exit) => reject(endedError(spec.name, exit, problems)));
  });
  ready.catch(() => undefined); // a caller who only waits for `exited` need not handle it

  return {
    name: spec.name,
    pid,
    ready,
    exited,
    problems: () => [...problems],
    stop: (graceMs, insisted) => stopChild(pid, exited, graceMs, insisted),
  };
}

/** A service that ended by itself, with the last thing it complained about. */
export function endedError(name: string, exit: ServiceExit, problems: readonly string[]): CliError {
  const last = problems.at(-1);
  return new CliError(`${name} ${exitWords(exit)}${last === undefined ? '' : `: ${last}`}`);
}

async function stopChild(
  pid: number | undefined,
  exited: Promise<ServiceExit>,
  graceMs: number,
  insisted?: AbortSignal,
): Promise<void> {
  const kill = (): void => killGroup(pid);
  const timer = setTimeout(kill, graceMs);
  insisted?.addEventListener('abort', kill, { once: true });
  if (insisted?.aborted === true) kill();
  else signalGroup(pid, 'SIGTERM');
  await exited;
  clearTimeout(timer);
  insisted?.removeEventListener('abort', kill);
}
