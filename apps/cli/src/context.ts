/** What a command may touch of the process it runs in. */
export interface CliContext {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Aborts when the user or the system wants the command to end; its reason is a CliError. */
  readonly signal: AbortSignal;
  /** Aborts when the user insists. */
  readonly insisted: AbortSignal;
}
