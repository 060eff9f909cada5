import { z } from 'zod';
import { ModelError } from '../error.js';
import type { ModelManifest } from '../types.js';

/** Raised when the meaning of a model folder changes in a way that older code or folders do not share. */
export const FORMAT_VERSION = 1;

const count = z.int().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const architectureSchema = z.object({
  family: z.enum(['llama', 'qwen2']),
  hiddenSize: count,
  layers: count,
  heads: count,
  keyValueHeads: count,
  headSize: count,
  feedForwardSize: count,
  vocabularySize: count,
  contextLength: count,
  rmsNormEpsilon: z.number().positive(),
  ropeTheta: z.number().positive(),
});
const versionSchema = z.object({ formatVersion: z.int(), graphVersion: z.string() });
const manifestSchema = versionSchema.extend({
  name: z.string(),
  architecture: architectureSchema,
  endTokenIds: z.array(z.int().min(0)).min(1),
  beginTokenId: z.int().min(0).exactOptional(),
  fingerprint: sha256,
  tokenizerFingerprint: sha256,
  headTokenIds: z.array(z.int().min(0)).min(1).exactOptional(),
  licence: z.string(),
  provenance: z.record(z.string(), z.string()),
  // A file lies in the folder itself: a name with a separator would reach outside.
  files: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/), z.object({ bytes: z.int().min(0), sha256 })),
});

/** Errors: `corrupt`; `stale` if it was written for another format or by another graph builder. */
export function parseManifest(text: string, path: string, graphVersion: string): ModelManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (reason) {
    throw new ModelError('corrupt', `${path} is not JSON`, { cause: reason });
  }
  const version = versionSchema.safeParse(json);
  if (
    version.success &&
    (version.data.formatVersion !== FORMAT_VERSION || version.data.graphVersion !== graphVersion)
  ) {
    throw new ModelError('stale', `${path} was made by another version of the importer: import the model again`);
  }
  const manifest = manifestSchema.safeParse(json);
  if (manifest.success) return manifest.data;
  throw new ModelError('corrupt', `${path}: ${z.prettifyError(manifest.error)}`.replaceAll('\n', ' '));
}
