/** A client of the public API, and the requests that the tests make. */
import {
  type GenerateCommand,
  type GeneratedToken,
  type GenerationEvent,
  type GenerationFinished,
  type RoundReport,
  decodeGenerationEvent,
  encodeGenerateRequest,
  wire,
} from '@outrider/contracts';
import { type CallLimits, callServerStream, connect } from '@outrider/rpc';

type GenerationStarted = Extract<GenerationEvent, { type: 'started' }>['started'];

/** A generation that ran to its end. */
export interface Generation {
  readonly started: GenerationStarted;
  readonly text: string;
  readonly tokens: readonly GeneratedToken[];
  readonly rounds: readonly RoundReport[];
  readonly finished: GenerationFinished;
}

export interface GenerationClient {
  stream(command: GenerateCommand, limits?: CallLimits): AsyncGenerator<GenerationEvent, void, void>;
  /** Shows each event on the way. Rejects with an OutriderError when the stream fails or ends early. */
  generate(command: GenerateCommand, onEvent?: (event: GenerationEvent) => void): Promise<Generation>;
  close(): void;
}

export function openClient(address: string): GenerationClient {
  const connection = connect(address, 'the orchestrator');
  const method = wire.GenerationServiceService.generate;
  const stream: GenerationClient['stream'] = async function* (command, limits) {
    for await (const response of callServerStream(connection, method, encodeGenerateRequest(command), limits)) {
      yield decodeGenerationEvent(response);
    }
  };
  return {
    stream,
    generate: (command, onEvent) => collect(stream(command), onEvent),
    close: () => connection.close(),
  };
}

async function collect(
  events: AsyncIterable<GenerationEvent>,
  onEvent: (event: GenerationEvent) => void = () => undefined,
): Promise<Generation> {
  let started: GenerationStarted | undefined;
  const tokens: GeneratedToken[] = [];
  const rounds: RoundReport[] = [];
  let text = '';
  let finished: GenerationFinished | undefined;
  // To the very end: a call that is left after its last event is reset, and a server that is sent many resets in a
  // short time closes the connection.
  for await (const event of events) {
    onEvent(event);
    if (event.type === 'started') started = event.started;
    if (event.type === 'tokens') {
      tokens.push(...event.tokens);
      rounds.push(event.round);
      text += event.text;
    }
    if (event.type === 'finished') finished = event.finished;
  }
  if (started && finished) return { started, tokens, rounds, text: text + finished.text, finished };
  throw new Error('no whole generation');
}
