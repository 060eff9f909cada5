/** What a command may touch of the process it runs in. */
export interface BenchContext {
  readonly stdout: { write(text: string): unknown };
  readonly progress: Progress;
  /** Aborts when the user wants the command to end; its reason is a BenchError. */
  readonly signal: AbortSignal;
  /** The command's arguments, for the record. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** What is going on, for a person at a terminal. */
export interface Progress {
  /** One state of a long work; replaces the one before where it can. */
  report(text: string): void;
  /** A line that stays. */
  note(text: string): void;
  /** Leaves a clean line for other output. */
  end(): void;
}
