/** Writes the text of a running generation to standard output. */
import type { GenerationEvent } from '@outrider/contracts';
import type { TokenSource } from '@outrider/speculation';
import { sanitise } from './sanitise.js';
import type { Style } from './style.js';
import { tokenRuns, type TokenRuns } from './token-runs.js';

export interface TextSink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface TextWriter {
  onEvent(event: GenerationEvent): void;
  /** Ends the line, if one is open. */
  end(): void;
}

/** On a terminal control characters are made visible; into a pipe or file the text goes as it is. */
export function createTextWriter(sink: TextSink, style: Style): TextWriter {
  let lineOpen = false;
  let pending: TokenRuns['rest'] = [];

  const write = (source: TokenSource, text: string): void => {
    if (text === '') return;
    sink.write(style.source(source, sink.isTTY === true ? sanitise(text) : text));
    lineOpen = !text.endsWith('\n');
  };

  const writeRuns = (text: string, tokens: TokenRuns['rest']): void => {
    const { runs, rest } = tokenRuns(text, [...pending, ...tokens]);
    for (const run of runs) write(run.source, run.text);
    pending = rest;
  };

  return {
    onEvent: (event) => {
      if (event.type === 'tokens') writeRuns(event.text, event.tokens);
      else if (event.type === 'finished') writeRuns(event.finished.text, []);
    },
    end: () => {
      if (lineOpen) sink.write('\n');
      lineOpen = false;
    },
  };
}
