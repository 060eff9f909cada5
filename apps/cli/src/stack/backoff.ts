/** Waits between restarts: doubling from `firstMs` to `maxMs`, back to the first after a run of `steadyMs`. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly steadyMs: number;
}

export interface Backoff {
  /** The wait before the next start, given how long the last run lasted. */
  next(ranMs: number): number;
}

export function createBackoff({ firstMs, maxMs, steadyMs }: BackoffOptions): Backoff {
  let waitMs = firstMs;
  return {
    next: (ranMs) => {
      if (ranMs >= steadyMs) waitMs = firstMs;
      const now = waitMs;
      waitMs = Math.min(maxMs, waitMs * 2);
      return now;
    },
  };
}
