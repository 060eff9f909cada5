import { readdir } from 'node:fs/promises';
import { ModelError } from '../error.js';
import { modelDirectory, modelsDirectory, type CacheOptions } from './cache-home.js';
import { openModel, type Model } from './model-folder.js';
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

/** Removes a model from the cache, usable or not. Errors: `not_found`, `invalid_argument`, `io`. */
export async function removeModel(name: string, options: CacheOptions = {}): Promise<void> {
  const directory = modelDirectory(name, options);
  const names: string[] = await readdir(modelsDirectory(options)).catch(() => []);
  if (!names.includes(name)) throw new ModelError('not_found', `there is no model ${name}`);
  await unpublish(directory, options);
}
