/** The wire schema as TypeScript, and the codecs that turn its messages into validated domain values and back. */
export * as wire from './wire.js';
export { fileDescriptorSet } from './gen/descriptors.js';
export { type ErrorCode, type ErrorOptions, OutriderError, invalidArgument } from './error.js';
export { limits } from './limits.js';
export { type Vocabulary, checkTokenId, checkTokenIds, createVocabulary } from './vocabulary.js';
export { type ModelInfo, decodeModelReply, encodeModel } from './model.js';
export type { OpenSession, Prefill, Prefilled, SessionOpened, TraceContext } from './session.js';
export { type ReplicaStatus, decodeReplicaStatus, encodeReplicaStatus } from './replica.js';
export { PREFIX_BLOCK_TOKENS, prefixChain } from './prefix-chain.js';
export { type DraftBlockCommand, type DraftCommand, decodeDraftRequest, encodeDraftRequest } from './draft-request.js';
export { decodeDraftKind, decodeDraftKinds, encodeDraftKind } from './draft-kind.js';
export { type DraftBlockEnd, type DraftEvent, decodeDraftReply, encodeDraftReply } from './draft-reply.js';
export {
  type DraftToVerify,
  type VerifyBlockCommand,
  type VerifyCommand,
  decodeVerifyRequest,
  encodeVerifyRequest,
} from './target-request.js';
export { type TailDrawn, type VerifyEvent, decodeVerifyReply, encodeVerifyReply } from './target-reply.js';
export {
  type ChatMessage,
  type ChatRole,
  type GenerateCommand,
  type Prompt,
  checkSessionId,
  decodeGenerateRequest,
  decodeText,
  decodeTokenIds,
  encodeGenerateRequest,
} from './generation-request.js';
export {
  type GeneratedToken,
  type GenerationEvent,
  type GenerationFinished,
  type GenerationStarted,
  type RoundReport,
  type TopLogprob,
  decodeGenerationEvent,
  encodeGenerationEvent,
} from './generation-reply.js';
