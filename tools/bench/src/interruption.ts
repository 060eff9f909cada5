/** Ctrl-C and its relatives as an AbortSignal, so that a benchmark can end its processes and remove its folders. */
import { BenchError } from './bench-error.js';

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** npm forwards a terminal's Ctrl-C once more: only a signal that comes later than this is a second keystroke. */
const SAME_KEYSTROKE_MS = 400;

const PARENT_POLL_MS = 500;

/** Aborts at the first signal, with a BenchError; a second one ends the process at once (its exit handlers still run). */
export function watchInterruption(env: NodeJS.ProcessEnv): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  for (const name of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        firstAt = performance.now();
        controller.abort(new BenchError('interrupted', EXIT_CODES[name]));
      } else if (performance.now() - firstAt > SAME_KEYSTROKE_MS) process.exit(EXIT_CODES[name]);
    });
  }
  // npm runs us by way of a shell, which a SIGTERM to npm ends without a word to us.
  if (env['npm_lifecycle_event'] !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) controller.abort(new BenchError('interrupted', EXIT_CODES.SIGTERM));
    }, PARENT_POLL_MS).unref();
  }
  return controller.signal;
}
