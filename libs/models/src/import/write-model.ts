/** Writes a model folder: graph and weights by the graph builder, tokenizer files, manifest; all or nothing. */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ModelError } from '../error.js';
import { buildGraph, GRAPH_VERSION } from '../graph/index.js';
import { modelDirectory } from '../store/cache-home.js';
import { hashFile } from '../store/file-hash.js';
import { FORMAT_VERSION } from '../store/manifest.js';
import { MODEL_FILES, openModel } from '../store/model-folder.js';
import { publish, withStaging } from '../store/staging.js';
import type { TokenizerFiles } from '../tokenizer/tokenizer-files.js';
import { tokenizerFrom } from '../tokenizer/tokenizer.js';
import type { ModelManifest, WeightSource } from '../types.js';
import type { ImportOptions } from './progress.js';

export interface ModelParts {
  readonly name: string;
  readonly weights: WeightSource;
  readonly tokenizer: TokenizerFiles;
  readonly endTokenIds: readonly number[];
  readonly licence: string;
  readonly provenance: Readonly<Record<string, string>>;
}

/** Returns the model's folder; an older one of the same name is replaced. Errors: those of the weights; `unsupported` for odd sizes; `io`, `aborted`. */
export async function writeModel(parts: ModelParts, options: ImportOptions): Promise<string> {
  const place = modelDirectory(parts.name, options);
  const { tokenizer } = parts;
  // Refused here rather than at the first request.
  tokenizerFrom(tokenizer);
  return await withStaging(options, async (staging) => {
    const directory = join(staging, parts.name);
    await mkdir(directory);
    await buildGraph(abortable(parts.weights, options.signal), directory, {
      ...options.graph,
      onProgress: (done, total) => options.onProgress?.({ stage: 'import', subject: parts.name, done, total }),
    });
    await writeFile(join(directory, MODEL_FILES.tokenizer), JSON.stringify(tokenizer.json));
    await writeFile(join(directory, MODEL_FILES.tokenizerConfig), JSON.stringify(tokenizer.config, null, 2));
    if (tokenizer.chatTemplate !== undefined) {
      await writeFile(join(directory, MODEL_FILES.chatTemplate), tokenizer.chatTemplate);
    }
    const manifest = describe(parts, await describeFiles(directory, options.signal));
    await writeFile(join(directory, MODEL_FILES.manifest), JSON.stringify(manifest, null, 2));
    await flush(directory);
    options.signal?.throwIfAborted();
    await publish(directory, place, () => holds(place, manifest));
    return place;
  }).catch((reason: unknown) => {
    if (options.signal?.aborted) throw new ModelError('aborted', 'cancelled', { cause: reason });
    // What the builder throws for dimensions that it has no form for.
    if (reason instanceof RangeError)
      throw new ModelError('unsupported', `no graph for this model: ${reason.message}`, { cause: reason });
    throw ModelError.from(reason);
  });
}

/** Whether a place holds this very model, whole. */
async function holds(place: string, manifest: ModelManifest): Promise<boolean> {
  return await openModel(place).then(
    (model) => isDeepStrictEqual(model.manifest, manifest),
    () => false,
  );
}

/** The builder knows no signal; it reads a weight at a time, and the next read ends it. */
function abortable(weights: WeightSource, signal: AbortSignal | undefined): WeightSource {
  return {
    ...weights,
    read: (name) => {
      signal?.throwIfAborted();
      return weights.read(name);
    },
  };
}

type Files = ModelManifest['files'];

async function describeFiles(directory: string, signal: AbortSignal | undefined): Promise<Files> {
  const files: Record<string, Files[string]> = {};
  for (const name of (await readdir(directory)).sort()) files[name] = await hashFile(join(directory, name), signal);
  return files;
}

function describe(parts: ModelParts, files: Files): ModelManifest {
  const { weights, tokenizer } = parts;
  const tokenizerFiles: readonly string[] = Object.values(MODEL_FILES);
  const begin = tokenizer.config.add_bos_token
    ? tokenizer.json.added_tokens.find((token) => token.content === tokenizer.config.bos_token)?.id
    : undefined;
  return {
    formatVersion: FORMAT_VERSION,
    graphVersion: GRAPH_VERSION,
    name: parts.name,
    architecture: weights.architecture,
    endTokenIds: parts.endTokenIds,
    ...(begin === undefined ? {} : { beginTokenId: begin }),
    fingerprint: fingerprint(files, (name) => !tokenizerFiles.includes(name)),
    tokenizerFingerprint: files[MODEL_FILES.tokenizer]?.sha256 ?? '',
    ...(weights.headTokenIds === undefined ? {} : { headTokenIds: [...weights.headTokenIds] }),
    licence: parts.licence,
    provenance: parts.provenance,
    files,
  };
}

/** sha256 over lines of "sha256 name", in order of name. */
function fingerprint(files: Files, counts: (name: string) => boolean): string {
  const lines = Object.entries(files)
    .filter(([name]) => counts(name))
    .map(([name, { sha256 }]) => `${sha256} ${name}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** Onto the disk before the rename, which could otherwise survive a power cut that the contents do not. */
async function flush(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const file = await open(join(directory, name), 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
