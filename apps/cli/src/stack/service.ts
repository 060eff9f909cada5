/** The services as the supervisor sees them: a name, a program, and what it says about itself. */

export type ServiceName = 'draft' | 'target' | 'orchestrator';

/** A program to run. */
export interface ServiceSpec {
  /** Which of them it is: `draft`, or `draft-2` where there are several. */
  readonly name: string;
  readonly service: ServiceName;
  /** Its executable; for our own services the running node. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a service ended: one of the two is set. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function exitWords({ code, signal }: ServiceExit): string {
  return signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
}
