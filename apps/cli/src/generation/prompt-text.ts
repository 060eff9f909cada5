import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import { usageError } from '../cli-error.js';

/** The prompt itself, or all of standard input for `-`. Rejects when `signal` aborts or there is no text. */
export async function readPromptText(
  prompt: string,
  stdin: NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<string> {
  const given = prompt === '-' ? await readAll(stdin, signal) : prompt;
  if (given.trim() === '') throw usageError("option '--prompt <text>' is empty");
  return given;
}

/** A final line feed belongs to the shell (`echo hello |`), not to the prompt. */
async function readAll(stdin: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const readable = stdin as NodeJS.ReadStream;
  const content = await text(addAbortSignal(signal, readable));
  return content.replace(/\r?\n$/, '');
}
