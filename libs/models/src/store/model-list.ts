import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../error.js';
import { modelDirectory, modelsDirectory, sourcesDirectory, type CacheOptions } from './cache-home.js';
import { MODEL_FILES, openModel, type Model } from './model-folder.js';
import { unpublish } from './staging.js';

/** A folder in the cache: a usable model, or the reason why it is none. */
export type ListedModel =
  | { readonly name: string; readonly directory: string; readonly model: Model }
  | { readonly name: string; readonly directory: string; readonly problem: ModelError };

/** Models in the cache by name; none if there is no cache yet. Errors: `io`. */
export async function listModels(options: CacheOptions = {}): Promise<ListedModel[]> {
  const names = await readdir(modelsDirectory(options)).catch((reason: unknown) => {
    const error = ModelError.from(reason);
    if (error.code === 'not_found') return [];
    throw error;
  });
  const listed = names.sort().map(async (name): Promise<ListedModel[]> => {
    try {
      const directory = modelDirectory(name, options);
      return await openModel(directory).then(
        (model) => [{ name, directory, model }],
        (problem: unknown) => [{ name, directory, problem: ModelError.from(problem) }],
      );
    } catch {
      return []; // Not a model's name, so not ours.
    }
  });
  return (await Promise.all(listed)).flat();
}

/**
 * Removes a model from the cache, usable or not, and the downloaded file it was imported from.
 * Errors: `not_found`, `invalid_argument`, `io`.
 */
export async function removeModel(name: string, options: CacheOptions = {}): Promise<void> {
  const directory = modelDirectory(name, options);
  const names: string[] = await readdir(modelsDirectory(options)).catch(() => []);
  if (!names.includes(name)) throw new ModelError('not_found', `there is no model ${name}`);
  const source = await sourceFile(directory, options);
  await unpublish(directory, options);
  if (source !== undefined) await unpublish(source, options);
}

/** The file in the cache that a model folder says it was made from; its manifest may be of any version. */
async function sourceFile(directory: string, options: CacheOptions): Promise<string | undefined> {
  const sources: string[] = await readdir(sourcesDirectory(options)).catch(() => []);
  const manifest = await readFile(join(directory, MODEL_FILES.manifest), 'utf8').catch(() => '');
  const stated = /"file": ?"([^"]+)"/.exec(manifest)?.[1];
  return stated !== undefined && sources.includes(stated) ? join(sourcesDirectory(options), stated) : undefined;
}
