import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ModelError } from '../error.js';

/** Where models are kept. Every function that touches the cache takes this, so that tests use their own. */
export interface CacheOptions {
  /** Default: `cacheHome()`. */
  readonly home?: string;
}

/** OUTRIDER_HOME, or the folder `outrider` in the user's cache folder as each system has it. */
export function cacheHome(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = environment['OUTRIDER_HOME'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  return join(userCacheFolder(environment, platform), 'outrider');
}

function userCacheFolder(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  // XDG base directory specification: relative paths are to be ignored.
  const xdg = environment['XDG_CACHE_HOME'];
  return xdg?.startsWith('/') ? xdg : join(homedir(), '.cache');
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The folder of a model by name, whether it exists or not. Errors: `invalid_argument` for what is no name. */
export function modelDirectory(name: string, options: CacheOptions = {}): string {
  if (!NAME.test(name)) {
    throw new ModelError(
      'invalid_argument',
      `${JSON.stringify(name)} is no model name: use a-z, 0-9, dot, dash and underscore`,
    );
  }
  return join(modelsDirectory(options), name);
}

export function modelsDirectory(options: CacheOptions): string {
  return join(options.home ?? cacheHome(), 'models');
}

/** Downloaded files that models were imported from. */
export function sourcesDirectory(options: CacheOptions): string {
  return join(options.home ?? cacheHome(), 'sources');
}

/** Folders being written; each is renamed to its place when it is complete. */
export function stagingDirectory(options: CacheOptions): string {
  return join(options.home ?? cacheHome(), 'staging');
}
