export * from './types.js';
export { ModelError, type ModelErrorCode } from './error.js';

export { openGguf, type GgufFile } from './gguf/file.js';
export { ggufWeights } from './weights/gguf-weights.js';
export { draftWeights, readDraftAsset, type DraftAsset, type DraftWeights } from './weights/draft-weights.js';

export type { ChatMessage } from './tokenizer/chat-template.js';
export type { StreamDecoder } from './tokenizer/stream-decoder.js';
export type { DecodeOptions, Tokenizer } from './tokenizer/tokenizer.js';

export { cacheHome, modelDirectory, type CacheOptions } from './store/cache-home.js';
export { openModel, type Model, type OpenModelOptions } from './store/model-folder.js';
export { listModels, removeModel, type ListedModel } from './store/model-list.js';

export type { ImportOptions, ImportProgress } from './import/progress.js';
export { importGguf, type ImportGgufOptions } from './import/import-gguf.js';
export { importDraft } from './import/import-draft.js';
export { DEFAULT_LEARNED_WEIGHTS } from './import/learned-weights.js';
export {
  DEFAULT_DRAFT,
  DEFAULT_TARGET,
  ensureDefaultGguf,
  ensureDefaultPair,
  type ModelPair,
} from './import/default-pair.js';

export { LARGER_DRAFT, ensureLargerDraft } from './import/larger-draft.js';

export * as graphSignature from './graph/signature.js';
export { GRAPH_FILE } from './graph/onnx-writer.js';
export { type BuildOptions, type Precision, buildGraph, peakOutput } from './graph/index.js';
export { type ActivationPeaks } from './graph/smoothing.js';
