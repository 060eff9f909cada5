import type { Progress } from './context.js';

interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const LINE_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

/** One line that is written over on a terminal, and a line now and then elsewhere. */
export function createProgress(sink: Sink, now = () => performance.now()): Progress {
  const terminal = sink.isTTY === true;
  let shownAt = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const end = (): void => {
    if (drawn) sink.write(CLEAR_LINE);
    drawn = false;
  };
  return {
    report: (text) => {
      if (now() - shownAt < (terminal ? REDRAW_MS : LINE_EVERY_MS)) return;
      shownAt = now();
      if (terminal) {
        sink.write(`${CLEAR_LINE}${text.slice(0, (sink.columns ?? 80) - 1)}`);
        drawn = true;
      } else sink.write(`${text}\n`);
    },
    note: (text) => {
      end();
      sink.write(`${text}\n`);
    },
    end,
  };
}

/** `12 of 80, 3 min left`, from the time that the work has taken so far. */
export function remainingTime(done: number, total: number, elapsedMs: number): string {
  const counts = `${done} of ${total}`;
  if (done === 0) return counts;
  const seconds = Math.round(((elapsedMs / done) * (total - done)) / 1000);
  return `${counts}, ${seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} left`;
}
