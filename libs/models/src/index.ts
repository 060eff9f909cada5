export * from './types.js';
export { ModelError, type ModelErrorCode } from './error.js';
export { openGguf, type GgufFile } from './gguf/file.js';
export { ggufWeights } from './weights/gguf-weights.js';
export { draftWeights, readDraftAsset, type DraftAsset, type DraftWeights } from './weights/draft-weights.js';
