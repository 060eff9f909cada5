import { ExitCode } from './exit-codes.js';

/** The one error a command rejects with on purpose: its message is the line the user reads. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode = ExitCode.failure,
  ) {
    super(message);
    this.name = 'CliError';
  }

  /** Any thrown value as a CliError; its message is cut to one line. */
  static from(thrown: unknown): CliError {
    if (thrown instanceof CliError) return thrown;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return new CliError(text.split('\n', 1)[0]?.trim() || 'unknown error');
  }
}

/** A wrong option or argument; exits with 2. */
export function usageError(message: string): CliError {
  return new CliError(message, ExitCode.usage);
}
