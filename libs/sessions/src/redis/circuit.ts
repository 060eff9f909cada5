import { StoreError } from '../error.js';

export interface CircuitOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Until it is tried again whether the store answers: at first, and at most as it fails again and again. */
  readonly firstRetryMs: number;
  readonly mostRetryMs: number;
  /** Asks the store something harmless, around the circuit. Rejects when it does not answer. */
  readonly probe: () => Promise<void>;
  readonly onChange?: ((closed: boolean, error?: StoreError) => void) | undefined;
}

/**
 * Opens when a store does not answer, so that nobody waits for it; closes when it answers a probe. Probes are sent in
 * the background: no call is the one that finds out.
 */
export interface Circuit {
  readonly closed: boolean;
  /** Throws a StoreError unavailable while it is open. */
  check(): void;
  succeeded(): void;
  /** `certain`: there is no connection at all, which opens it at once. */
  failed(error: StoreError, certain: boolean): void;
  /** There is reason to think that the store is back: it is tried now. */
  retry(): void;
  stop(): void;
}

export function createCircuit({ failures, firstRetryMs, mostRetryMs, probe, onChange }: CircuitOptions): Circuit {
  let failed = 0;
  /** Why it is open; undefined while it is closed. */
  let reason: StoreError | undefined;
  let retryMs = firstRetryMs;
  let timer: NodeJS.Timeout | undefined;
  let probing = false;
  let stopped = false;

  const close = (): void => {
    failed = 0;
    if (reason === undefined || stopped) return;
    reason = undefined;
    retryMs = firstRetryMs;
    clearTimeout(timer);
    onChange?.(true);
  };
  const open = (error: StoreError): void => {
    if (reason !== undefined || stopped) return;
    reason = error;
    retryLater();
    onChange?.(false, error);
  };
  const retryLater = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void tryAgain(), retryMs);
    timer.unref();
    retryMs = Math.min(2 * retryMs, mostRetryMs);
  };
  const tryAgain = async (): Promise<void> => {
    if (probing || reason === undefined || stopped) return;
    probing = true;
    try {
      await probe();
      close();
    } catch {
      if (!stopped) retryLater();
    } finally {
      probing = false;
    }
  };

  return {
    get closed() {
      return reason === undefined;
    },
    check() {
      if (reason === undefined) return;
      const message = `Redis is left alone for a while, since it did not answer: ${reason.message}`;
      throw new StoreError('unavailable', message, { cause: reason });
    },
    succeeded: close,
    failed(error, certain) {
      failed++;
      if (certain || failed >= failures) open(error);
    },
    retry: () => void tryAgain(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
