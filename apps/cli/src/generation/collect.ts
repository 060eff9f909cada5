import type { GeneratedToken, GenerationEvent, RoundReport } from '@outrider/contracts';
import { CliError } from '../cli-error.js';
import type { Generation } from './generation.js';

/** Reads a stream to its end, showing each event to `onEvent` on the way. Rejects when the stream breaks off. */
export async function collect(
  events: AsyncIterable<GenerationEvent>,
  onEvent?: (event: GenerationEvent) => void,
): Promise<Generation> {
  let started: Generation['started'] | undefined;
  let finished: Generation['finished'] | undefined;
  let text = '';
  const tokens: GeneratedToken[] = [];
  const rounds: RoundReport[] = [];

  for await (const event of events) {
    onEvent?.(event);
    switch (event.type) {
      case 'started':
        started = event.started;
        break;
      case 'tokens':
        tokens.push(...event.tokens);
        rounds.push(event.round);
        text += event.text;
        break;
      case 'finished':
        finished = event.finished;
        text += event.finished.text;
        break;
    }
  }
  if (started === undefined || finished === undefined) throw new CliError('the server ended the stream too early');
  return { started, text, tokens, rounds, finished };
}
