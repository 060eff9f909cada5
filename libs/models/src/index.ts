export * from './types.js';
export { ModelError, type ModelErrorCode } from './error.js';
export { openGguf, type GgufFile } from './gguf/file.js';
export { ggufWeights } from './weights/gguf-weights.js';
export { draftWeights, readDraftAsset, type DraftAsset, type DraftWeights } from './weights/draft-weights.js';
export type { ChatMessage } from './tokenizer/chat-template.js';
export type { StreamDecoder } from './tokenizer/stream-decoder.js';
export { tokenizerFrom, type DecodeOptions, type Tokenizer } from './tokenizer/tokenizer.js';
