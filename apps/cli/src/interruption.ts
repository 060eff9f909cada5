/** Ctrl-C and its relatives, and a closed standard output, as an AbortSignal. */
import { CliError } from './cli-error.js';
import { ExitCode } from './exit-codes.js';

const EXIT_CODES = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  SIGHUP: ExitCode.hangup,
} as const;

type Interrupting = keyof typeof EXIT_CODES;
const NAMES = Object.keys(EXIT_CODES) as Interrupting[];

/**
 * A terminal sends Ctrl-C to the whole foreground group and npm forwards it once more, so one keystroke may
 * arrive twice; only a signal that comes later than this is a second keystroke.
 */
const SAME_KEYSTROKE_MS = 400;

const PARENT_POLL_MS = 500;

export interface Interruption {
  /** Aborts at the first signal; its reason is a CliError with the exit code of that signal. */
  readonly signal: AbortSignal;
  /** Aborts when the user insists with a second signal: stop waiting for anything. */
  readonly insisted: AbortSignal;
}

/** Watches for the rest of the process's life. */
export function watchInterruption(stdout: NodeJS.EventEmitter, env: NodeJS.ProcessEnv): Interruption {
  const first = new AbortController();
  const second = new AbortController();
  let firstAt = 0;

  const onSignal = (name: Interrupting): void => {
    if (!first.signal.aborted) {
      firstAt = performance.now();
      first.abort(new CliError('interrupted', EXIT_CODES[name]));
    } else if (performance.now() - firstAt > SAME_KEYSTROKE_MS) {
      second.abort(first.signal.reason);
    }
  };
  for (const name of NAMES) process.on(name, () => onSignal(name));

  // npm runs us by way of a shell, which a SIGTERM to npm ends without a word to us.
  if (env['npm_lifecycle_event'] !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) first.abort(new CliError('interrupted', ExitCode.terminated));
    }, PARENT_POLL_MS).unref();
  }

  // `outrider generate | head -1`: the reader has all it wants, so this is an end, not a failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EPIPE' ? new CliError('output closed', ExitCode.ok) : CliError.from(error);
    first.abort(reason);
  });
  return { signal: first.signal, insisted: second.signal };
}
