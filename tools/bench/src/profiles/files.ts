/** Device profiles by name or file. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError, usageError } from '../bench-error.js';
import { profilesFolder } from '../paths.js';
import type { DeviceProfile } from './types.js';

/** Names of the committed profiles. */
export async function listProfiles(): Promise<string[]> {
  const files = await readdir(profilesFolder);
  return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
}

/** A committed profile by its name, or any by the path of its file. Errors: BenchError. */
export async function loadProfile(nameOrPath: string): Promise<DeviceProfile> {
  const isPath = nameOrPath.endsWith('.json');
  const path = isPath ? nameOrPath : join(profilesFolder, `${nameOrPath}.json`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!isPath) throw usageError(`no profile ${nameOrPath}; there are ${(await listProfiles()).join(', ')}`);
    throw new BenchError(`cannot read the profile ${path}: ${(error as Error).message}`, 1, { cause: error });
  }
  return parseProfile(text, path);
}

/** Checks that the parts are there; what they say is checked where they are used. */
export function parseProfile(text: string, path: string): DeviceProfile {
  let value: Partial<DeviceProfile>;
  try {
    value = JSON.parse(text) as Partial<DeviceProfile>;
  } catch (error) {
    throw new BenchError(`${path}: ${(error as Error).message}`, 1, { cause: error });
  }
  const { costs, name, sampled, simulated, sources, title } = value;
  const named = typeof name === 'string' && typeof title === 'string' && typeof simulated === 'boolean';
  const whole = [costs, ...(sampled === undefined ? [] : [sampled])].every(
    (each) => Array.isArray(each?.target?.passMs) && typeof each.draft?.passMs === 'number',
  );
  if (!named || !Array.isArray(sources) || !whole) throw new BenchError(`${path} is no device profile`);
  return value as DeviceProfile;
}
