import { basename } from 'node:path';
import { ModelError } from '../error.js';
import { openGguf, type GgufFile } from '../gguf/file.js';
import type { Precision } from '../graph/index.js';
import { optionalString } from '../gguf/metadata.js';
import { modelDirectory } from '../store/cache-home.js';
import { hashFile } from '../store/file-hash.js';
import { openModel, type Model } from '../store/model-folder.js';
import { endTokenIds } from '../tokenizer/end-tokens.js';
import { ggufTokenizer } from '../tokenizer/gguf-tokenizer.js';
import { ggufWeights } from '../weights/gguf-weights.js';
import type { ImportOptions } from './progress.js';
import { writeModel } from './write-model.js';

export interface ImportGgufOptions extends ImportOptions {
  /** Name in the cache. Default: the file's name in lower case, without `.gguf`. */
  readonly name?: string;
  /** SPDX identifier. Default: what the file says. */
  readonly licence?: string;
  /** Added to what the file says about itself. */
  readonly provenance?: Readonly<Record<string, string>>;
}

/**
 * Imports a GGUF file into the cache, replacing a model of the same name.
 * Errors: `not_found`, `corrupt`, `unsupported`, `invalid_argument`, `io`, `aborted`; nothing is left behind then.
 */
export async function importGguf(path: string, options: ImportGgufOptions = {}): Promise<Model> {
  const name = options.name ?? defaultName(path);
  modelDirectory(name, options); // refuses a bad name before any work
  const file = openGguf(path);
  try {
    const weights = ggufWeights(file);
    const tokenizer = ggufTokenizer(file.metadata);
    checkVocabulary(Object.keys(tokenizer.json.model.vocab).length, weights.architecture.vocabularySize);
    const { sha256 } = await hashFile(path, options.signal);
    const directory = await writeModel(
      {
        name,
        weights,
        tokenizer,
        endTokenIds: endTokenIds(file.metadata, tokenizer.json),
        licence: options.licence ?? optionalString(file.metadata, 'general.license') ?? 'unknown',
        provenance: { ...ownProvenance(file), sha256, ...precisionOf(options), ...options.provenance },
      },
      options,
    );
    return await openModel(directory);
  } finally {
    file.close();
  }
}

/** A larger embedding is padding; a smaller one could not embed its own tokens. */
export function checkVocabulary(tokens: number, embeddingRows: number): void {
  if (tokens <= embeddingRows) return;
  throw new ModelError('corrupt', `GGUF: ${tokens} tokens, but only ${embeddingRows} embedding rows`);
}

function ownProvenance(file: GgufFile): Record<string, string> {
  const name = optionalString(file.metadata, 'general.name');
  const organization = optionalString(file.metadata, 'general.organization');
  return {
    format: 'GGUF',
    file: basename(file.path),
    ...(name === undefined ? {} : { modelName: name }),
    ...(organization === undefined ? {} : { organization }),
  };
}

/** Said where it was asked for: two models of one file differ in it alone. */
function precisionOf({ graph }: ImportGgufOptions): { precision?: Precision } {
  return graph?.precision === undefined ? {} : { precision: graph.precision };
}

function defaultName(path: string): string {
  const stem = basename(path)
    .replace(/\.gguf$/i, '')
    .toLowerCase();
  return stem
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64);
}
