import type { BenchContext } from './context.js';

/** A context that keeps what is written. */
export function recordingContext(
  signal: AbortSignal,
): BenchContext & { readonly output: string[]; readonly notes: string[] } {
  const output: string[] = [];
  const notes: string[] = [];
  return {
    stdout: { write: (text) => output.push(text) },
    progress: { report: () => undefined, note: (text) => notes.push(text), end: () => undefined },
    signal,
    args: ['--output', 'somewhere'],
    env: process.env,
    output,
    notes,
  };
}
