import { checkTokenIds, createVocabulary } from './vocabulary.js';
import { decodeReply, inRange, required, wireList } from './checks.js';
import { invalidArgument } from './error.js';
import type * as wire from './wire.js';

/** Identity and dimensions of a loaded model. */
export interface ModelInfo {
  readonly name: string;
  /** Lower-case hexadecimal sha256. */
  readonly fingerprint: string;
  /** Equal fingerprints mean equal token ids. */
  readonly tokenizerFingerprint: string;
  readonly vocabularySize: number;
  /** Largest number of tokens a session may hold. */
  readonly contextLength: number;
  readonly endTokenIds: readonly number[];
  /** Sessions the replica can hold at a time. */
  readonly slots: number;
  /** A pass over tokens on both sides of a multiple of this is two passes; absent where there is no such border. */
  readonly blockTokens?: number;
}

const sha256Pattern = /^[0-9a-f]{64}$/;

export function encodeModel(model: ModelInfo): wire.Model {
  return { ...model, endTokenIds: wireList(model.endTokenIds), blockTokens: model.blockTokens ?? 0 };
}

/** A replica's answer to GetModel. Errors: bad_reply. */
export function decodeModelReply(message: wire.Model | undefined, peer: string): ModelInfo {
  return decodeReply(peer, () => {
    const model = required(message, 'model');
    inRange(model.vocabularySize, 1, 2 ** 24, 'model.vocabulary_size');
    inRange(model.contextLength, 2, 2 ** 31, 'model.context_length');
    checkTokenIds(model.endTokenIds, createVocabulary(model.vocabularySize), 'model.end_token_ids');
    return {
      name: model.name,
      fingerprint: fingerprint(model.fingerprint, 'model.fingerprint'),
      tokenizerFingerprint: fingerprint(model.tokenizerFingerprint, 'model.tokenizer_fingerprint'),
      vocabularySize: model.vocabularySize,
      contextLength: model.contextLength,
      endTokenIds: model.endTokenIds,
      slots: model.slots,
      ...(model.blockTokens > 0 && { blockTokens: model.blockTokens }),
    };
  });
}

/** A sha256 in lower-case hexadecimal. */
export function fingerprint(value: string, field: string): string {
  if (!sha256Pattern.test(value)) throw invalidArgument(field, 'must be a sha256 in lower-case hexadecimal');
  return value;
}
