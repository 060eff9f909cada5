/** A connection to an orchestrator's public API. */
import {
  decodeGenerationEvent,
  encodeGenerateRequest,
  OutriderError,
  wire,
  type GenerateCommand,
  type GenerationEvent,
} from '@outrider/contracts';
import { callServerStream, callUnary, connect, waitForServing } from '@outrider/rpc';
import { abortWithin } from '../abort-within.js';
import { CliError, usageError } from '../cli-error.js';
import { ExitCode } from '../exit-codes.js';
import { optionOfField } from './option-of-field.js';

export interface GenerationClient {
  /** Streams one completion; aborting or leaving the loop cancels it on the server. Rejects with a CliError. */
  generate(command: GenerateCommand, signal: AbortSignal): AsyncIterable<GenerationEvent>;
  /** Frees what the session holds. A failure is no concern of the caller: the server frees it in time by itself. */
  closeSession(sessionId: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;

const { generate, closeSession } = wire.GenerationServiceService;

/** Resolves when a server answers at `address` that it serves. */
export async function waitForServer(address: string, signal: AbortSignal): Promise<void> {
  const limit = abortWithin(CONNECT_TIMEOUT_MS, signal);
  try {
    await waitForServing(address, limit.signal);
  } catch {
    signal.throwIfAborted();
    throw new CliError(`no Outrider answers at ${address}`);
  } finally {
    limit.release();
  }
}

export function openClient(address: string): GenerationClient {
  const connection = connect(address, 'orchestrator');
  return {
    async *generate(command, callSignal) {
      const request = encodeGenerateRequest(command);
      try {
        for await (const response of callServerStream(connection, generate, request, { signal: callSignal })) {
          yield decodeGenerationEvent(response);
        }
      } catch (error) {
        throw callError(error);
      }
    },
    closeSession: async (sessionId, callSignal) => {
      const deadline = new Date(Date.now() + CLOSE_TIMEOUT_MS);
      await callUnary(connection, closeSession, { sessionId }, { signal: callSignal, deadline }).catch(() => undefined);
    },
    close: () => connection.close(),
  };
}

/** A server's refusal of what was asked for is a usage error that names the option; anything else is a failure. */
export function callError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const { code, field, message, retryAfterMs } = OutriderError.from(error);
  const refused = code === 'invalid_argument' || code === 'draft_kind_unavailable';
  const option = refused && field !== undefined ? optionOfField(field) : undefined;
  if (option !== undefined) {
    const prefix = `${field}: `;
    const at = message.indexOf(prefix);
    return usageError(`option '${option}': ${at < 0 ? message : message.slice(at + prefix.length)}`);
  }
  if (code === 'session_busy') return new CliError(`${message}; go on beside it with: --fork`);
  const later = retryAfterMs === undefined ? '' : `; try again in ${Math.ceil(retryAfterMs / 1000)} s`;
  return new CliError(`${message}${later}`, refused ? ExitCode.usage : ExitCode.failure);
}
