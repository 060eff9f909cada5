import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';

/** The scripts, by the names of their files: the number at the end is that of their keys, n for any. */
export const scriptNames = [
  'claim-session-2',
  'renew-session-2',
  'release-session-2',
  'close-session-2',
  'begin-journal-2',
  'append-journal-2',
  'announce-replica-2',
  'withdraw-replica-2',
  'list-replicas-2',
  'update-prefixes-1',
  'find-prefixes-n',
] as const;

export type ScriptName = (typeof scriptNames)[number];

/** Where they are, seen from src as from dist. */
export const scriptFolder = new URL('../../lua/', import.meta.url);

/** Has a client know the scripts, which it then calls by their hashes. */
export function defineScripts(client: Redis | Cluster): void {
  const common = readScript('common');
  for (const name of scriptNames) {
    const keys = Number(name.slice(name.lastIndexOf('-') + 1));
    const lua = `${common}\n${readScript(name)}`;
    client.defineCommand(name, { lua, ...(!Number.isNaN(keys) && { numberOfKeys: keys }) });
  }
}

/** Runs a script. Errors: those of ioredis. */
export function runScript(
  client: Redis | Cluster,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  const command = Reflect.get(client, name) as (...args: (string | number | Buffer)[]) => Promise<unknown>;
  return command.call(client, ...(name.endsWith('-n') ? [keys.length] : []), ...keys, ...args);
}

function readScript(name: string): string {
  return readFileSync(new URL(`${name}.lua`, scriptFolder), 'utf8');
}
