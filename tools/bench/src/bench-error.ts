/** The one error a benchmark ends with on purpose: its message is the line the user reads. */
export class BenchError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'BenchError';
  }

  /** Any thrown value; a message of several lines is kept, an unknown error keeps its cause. */
  static from(thrown: unknown): BenchError {
    if (thrown instanceof BenchError) return thrown;
    return new BenchError(thrown instanceof Error ? thrown.message : String(thrown), 1, { cause: thrown });
  }
}

/** A wrong option or argument; exits with 2. */
export function usageError(message: string): BenchError {
  return new BenchError(message, 2);
}
