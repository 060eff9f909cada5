/** The built command as a process, and what it has started. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { isAlive } from './stack/fake-service.fixture.js';

export const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface CliRun {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code when the process and its output have ended. */
  readonly exited: Promise<number | null>;
  /** Resolves once the output so far makes `seen` true; rejects when the process ends before. */
  until(seen: (stdout: string, stderr: string) => boolean): Promise<void>;
}

export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string): CliRun {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env }, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  let ended = false;
  const watchers = new Set<() => void>();
  const tell = (): void => watchers.forEach((watcher) => watcher());
  child.stdout.setEncoding('utf8').on('data', (text: string) => ((stdout += text), tell()));
  child.stderr.setEncoding('utf8').on('data', (text: string) => ((stderr += text), tell()));
  child.stdin.on('error', () => undefined).end(input ?? '');
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code))).finally(() => {
    ended = true;
    tell();
  });
  onTestFinished(() => void child.kill('SIGTERM'));

  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    until: (seen) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (seen(stdout, stderr)) resolve();
          else if (ended) reject(new Error(`the command ended first:\n${stdout}\n${stderr}`));
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Runs to the end. */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string) {
  const run = startCli(args, env, input);
  const code = await run.exited;
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}

/** All processes that descend from one, with their command lines. */
export function descendants(pid: number): { readonly pid: number; readonly command: string }[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  const processes = rows.map((row) => {
    const [, own = '', parent = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return { pid: Number(own), parent: Number(parent), command };
  });
  const children = (of: number): typeof processes =>
    processes.filter(({ parent }) => parent === of).flatMap((child) => [child, ...children(child.pid)]);
  // `ps` itself is a child of this test, not of the command.
  return children(pid);
}

export function anyAlive(processes: readonly { readonly pid: number }[]): boolean {
  return processes.some(({ pid }) => isAlive(pid));
}

/** A folder of the test's own. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
