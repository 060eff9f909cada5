import { openGguf } from '../gguf/file.js';
import { openModel, type Model } from '../store/model-folder.js';
import { endTokenIds } from '../tokenizer/end-tokens.js';
import { ggufTokenizer } from '../tokenizer/gguf-tokenizer.js';
import { draftWeights, readDraftAsset } from '../weights/draft-weights.js';
import { ggufWeights } from '../weights/gguf-weights.js';
import type { ImportOptions } from './progress.js';
import { writeModel } from './write-model.js';

/**
 * Imports a draft asset into the cache. `targetGguf` is the file its target is imported from: the draft takes the token
 * embedding and the tokenizer of its target, which is what makes the two fit.
 * Errors: `not_found`, `corrupt`, `unsupported`, `invalid_argument` if the draft is not for this target, `io`, `aborted`.
 */
export async function importDraft(
  assetDirectory: string,
  targetGguf: string,
  options: ImportOptions = {},
): Promise<Model> {
  const asset = readDraftAsset(assetDirectory);
  const file = openGguf(targetGguf);
  try {
    const weights = draftWeights(asset, ggufWeights(file));
    try {
      const tokenizer = ggufTokenizer(file.metadata);
      const directory = await writeModel(
        {
          name: asset.config.name,
          weights,
          tokenizer,
          endTokenIds: endTokenIds(file.metadata, tokenizer.json),
          licence: asset.config.licence,
          provenance: { format: 'draft asset', ...asset.config.provenance },
        },
        options,
      );
      return await openModel(directory);
    } finally {
      weights.close();
    }
  } finally {
    file.close();
  }
}
