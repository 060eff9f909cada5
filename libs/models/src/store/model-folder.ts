import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../error.js';
import { GRAPH_VERSION } from '../graph/index.js';
import { parseTokenizerConfig, parseTokenizerJson, type TokenizerFiles } from '../tokenizer/tokenizer-files.js';
import { tokenizerFrom, type Tokenizer } from '../tokenizer/tokenizer.js';
import type { ModelManifest } from '../types.js';
import { hashFile } from './file-hash.js';
import { parseManifest } from './manifest.js';

/** Names within a model folder. graph.onnx and weights.bin are the graph builder's. */
export const MODEL_FILES = {
  manifest: 'model.json',
  tokenizer: 'tokenizer.json',
  tokenizerConfig: 'tokenizer_config.json',
  chatTemplate: 'chat_template.jinja',
} as const;

/** A checked model folder. */
export interface Model {
  readonly directory: string;
  readonly manifest: ModelManifest;
  loadTokenizer(): Promise<Tokenizer>;
}

export interface OpenModelOptions {
  /** Also compare the sha256 of every file; without it sizes are compared. */
  readonly verify?: boolean;
}

/**
 * Errors: `not_found` if the folder is no model, `stale`, `corrupt` for a missing file or one of the wrong size,
 * `checksum_mismatch`.
 */
export async function openModel(directory: string, options: OpenModelOptions = {}): Promise<Model> {
  const path = join(directory, MODEL_FILES.manifest);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (reason) {
    throw new ModelError('not_found', `${directory} holds no model`, { cause: reason });
  }
  const manifest = parseManifest(text, path, GRAPH_VERSION);
  await checkFiles(directory, manifest, options.verify === true);
  return {
    directory,
    manifest,
    loadTokenizer: async () => tokenizerFrom(await readTokenizerFiles(directory, manifest)),
  };
}

async function checkFiles(directory: string, manifest: ModelManifest, verify: boolean): Promise<void> {
  for (const [name, expected] of Object.entries(manifest.files)) {
    const path = join(directory, name);
    const bytes = await stat(path).then(
      (found) => found.size,
      () => undefined,
    );
    if (bytes === undefined) throw new ModelError('corrupt', `${path} is missing`);
    if (bytes !== expected.bytes) throw new ModelError('corrupt', `${path} has ${bytes} bytes, not ${expected.bytes}`);
    if (verify && (await hashFile(path)).sha256 !== expected.sha256) {
      throw new ModelError('checksum_mismatch', `${path} has changed since the import`);
    }
  }
}

async function readTokenizerFiles(directory: string, manifest: ModelManifest): Promise<TokenizerFiles> {
  const read = (name: string) => readFile(join(directory, name), 'utf8');
  try {
    return {
      json: parseTokenizerJson(await read(MODEL_FILES.tokenizer)),
      config: parseTokenizerConfig(await read(MODEL_FILES.tokenizerConfig)),
      ...(MODEL_FILES.chatTemplate in manifest.files ? { chatTemplate: await read(MODEL_FILES.chatTemplate) } : {}),
    };
  } catch (reason) {
    throw ModelError.from(reason);
  }
}
