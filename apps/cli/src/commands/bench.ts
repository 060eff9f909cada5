/** `outrider bench ...`: hands everything to the benchmark program, which only a checkout of the repository has. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import { benchEntryPoint } from '../stack/entry-point.js';

/** Ctrl-C reaches the program by itself, as one of the terminal's foreground group; a signal to us alone is passed on. */
export async function bench(args: readonly string[], { env, signal }: CliContext): Promise<void> {
  const child = spawn(process.execPath, [benchEntryPoint(), ...args], { stdio: 'inherit', env });
  const passOn = (): boolean => child.kill('SIGTERM');
  signal.addEventListener('abort', passOn, { once: true });
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', passOn);
  // What went wrong, the program has said.
  if (code !== 0) throw new CliError('the benchmark failed', code === 2 ? ExitCode.usage : ExitCode.failure);
}
