/**
 * A draft for the default target that costs much more than the distilled one and agrees much more often: the target's
 * own weights in 4 bits. It makes for an honest comparison across drafts; on a CPU its pass costs most of the target's.
 */
import type { Model } from '../store/model-folder.js';
import { DEFAULT_TARGET, TARGET_FILE, ensureDefaultGguf, usable } from './default-pair.js';
import { importGguf } from './import-gguf.js';
import type { ImportOptions } from './progress.js';

export const LARGER_DRAFT = 'smollm2-135m-instruct-4bit';

/** From the cache, fetched and imported as far as it is missing. Errors: as `ensureDefaultPair`. */
export async function ensureLargerDraft(options: Omit<ImportOptions, 'graph'> = {}): Promise<Model> {
  return (
    (await usable(LARGER_DRAFT, TARGET_FILE.sha256, options)) ??
    (await importGguf(await ensureDefaultGguf(options), {
      ...options,
      name: LARGER_DRAFT,
      licence: 'Apache-2.0',
      provenance: { draftOf: DEFAULT_TARGET },
      graph: { precision: 'nibbles' },
    }))
  );
}
