import type { GeneratedToken, GenerationEvent, GenerationFinished, RoundReport } from '@outrider/contracts';

type GenerationStarted = Extract<GenerationEvent, { type: 'started' }>['started'];

/** One completion, when it has ended. */
export interface Generation {
  readonly started: GenerationStarted;
  readonly text: string;
  readonly tokens: readonly GeneratedToken[];
  readonly rounds: readonly RoundReport[];
  readonly finished: GenerationFinished;
}
