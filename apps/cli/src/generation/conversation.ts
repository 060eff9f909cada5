/** A conversation that `generate --session` goes on with: what was said is kept by this command, in a file of its own. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ChatMessage } from '@outrider/contracts';
import { CliError, usageError } from '../cli-error.js';

export interface Conversation {
  /** As the user calls it. */
  readonly name: string;
  /**
   * As the services call its session: not by the name alone, since others may use the same one, and whoever knows it can
   * hold the session.
   */
  readonly sessionId: string;
  readonly messages: readonly ChatMessage[];
}

interface ConversationFile {
  readonly version: 1;
  readonly sessionId: string;
  readonly messages: readonly ChatMessage[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ROLES: readonly unknown[] = ['system', 'user', 'assistant'];
const MOST_FORKS = 1000;

/** Whether it can be a conversation's name, which is a file's too. */
export function isConversationName(name: string): boolean {
  return NAME.test(name);
}

/** The conversation kept under a name, or a new one. Rejects with a CliError for a file that holds none. */
export async function readConversation(home: string, name: string): Promise<Conversation> {
  const path = pathOf(home, name);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw CliError.from(error);
    return { name, sessionId: `${name}-${randomUUID()}`, messages: [] };
  }
  const file = parseFile(text);
  if (file === undefined) throw new CliError(`${path} holds no conversation; remove it to begin anew`);
  return { name, sessionId: file.sessionId, messages: file.messages };
}

/** Whole or not at all, for the user alone to read. */
export async function writeConversation(home: string, { name, sessionId, messages }: Conversation): Promise<void> {
  const path = pathOf(home, name);
  const file: ConversationFile = { version: 1, sessionId, messages };
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const partial = `${path}.${process.pid}.partial`;
    await writeFile(partial, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
    await chmod(partial, 0o600);
    await rename(partial, path);
  } catch (error) {
    throw CliError.from(error);
  }
}

/** A name for what goes on beside a conversation: `chat-2`, or the next that is free. */
export async function freeForkName(home: string, name: string): Promise<string> {
  for (let number = 2; number <= MOST_FORKS; number++) {
    const fork = `${name}-${number}`;
    if (!isConversationName(fork)) break;
    const taken = await readFile(pathOf(home, fork)).then(
      () => true,
      () => false,
    );
    if (!taken) return fork;
  }
  throw usageError(`option '--fork': no name is left for a fork of ${name}`);
}

/** The messages with what is asked now. A system message replaces the one there was. */
export function ask(messages: readonly ChatMessage[], user: string, system: string | undefined): ChatMessage[] {
  const spoken = system === undefined ? messages : messages.filter(({ role }) => role !== 'system');
  const first: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
  return [...first, ...spoken, { role: 'user', content: user }];
}

function pathOf(home: string, name: string): string {
  return join(home, 'sessions', `${name}.json`);
}

function parseFile(text: string): ConversationFile | undefined {
  let value: Partial<ConversationFile> | null;
  try {
    value = JSON.parse(text) as Partial<ConversationFile> | null;
  } catch {
    return undefined;
  }
  if (value?.version !== 1 || typeof value.sessionId !== 'string' || !Array.isArray(value.messages)) return undefined;
  const messages = value.messages as readonly Partial<ChatMessage>[];
  const valid = messages.every(({ content, role }) => ROLES.includes(role) && typeof content === 'string');
  return valid ? (value as ConversationFile) : undefined;
}
