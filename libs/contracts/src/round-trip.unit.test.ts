import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  draftCommand,
  draftEvent,
  generateCommand,
  generationEvent,
  verifyCommand,
  verifyEvent,
  vocabularySize,
} from './arbitrary.fixture.js';
import { decodeDraftReply, encodeDraftReply } from './draft-reply.js';
import { decodeDraftRequest, encodeDraftRequest } from './draft-request.js';
import { OutriderError } from './error.js';
import { decodeGenerationEvent, encodeGenerationEvent } from './generation-reply.js';
import { decodeGenerateRequest, encodeGenerateRequest } from './generation-request.js';
import { decodeVerifyReply, encodeVerifyReply } from './target-reply.js';
import { decodeVerifyRequest, encodeVerifyRequest } from './target-request.js';
import { createVocabulary } from './vocabulary.js';
import * as wire from './wire.js';

const vocabulary = createVocabulary(vocabularySize);

/** What the other side decodes of a value: through the codec, the generated encoder, bytes and back. */
const roundTrips = {
  'draft request': [
    draftCommand,
    (bytes: Uint8Array) => decodeDraftRequest(wire.DraftRequest.decode(bytes), vocabulary),
    (value: never) => wire.DraftRequest.encode(encodeDraftRequest(value)).finish(),
  ],
  'draft reply': [
    draftEvent,
    (bytes: Uint8Array) => decodeDraftReply(wire.DraftResponse.decode(bytes), vocabulary),
    (value: never) => wire.DraftResponse.encode(encodeDraftReply(value)).finish(),
  ],
  'verify request': [
    verifyCommand,
    (bytes: Uint8Array) => decodeVerifyRequest(wire.VerifyRequest.decode(bytes), vocabulary),
    (value: never) => wire.VerifyRequest.encode(encodeVerifyRequest(value)).finish(),
  ],
  'verify reply': [
    verifyEvent,
    (bytes: Uint8Array) => decodeVerifyReply(wire.VerifyResponse.decode(bytes), vocabulary),
    (value: never) => wire.VerifyResponse.encode(encodeVerifyReply(value)).finish(),
  ],
  'generate request': [
    generateCommand,
    (bytes: Uint8Array) => decodeGenerateRequest(wire.GenerateRequest.decode(bytes), vocabulary),
    (value: never) => wire.GenerateRequest.encode(encodeGenerateRequest(value)).finish(),
  ],
  'generation event': [
    generationEvent,
    (bytes: Uint8Array) => decodeGenerationEvent(wire.GenerateResponse.decode(bytes)),
    (value: never) => wire.GenerateResponse.encode(encodeGenerationEvent(value)).finish(),
  ],
} as const;

describe.each(Object.entries(roundTrips))('%s', (_, [arbitrary, decode, encode]) => {
  it('survives the wire unchanged', () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<unknown>, (value) => {
        expect(decode(encode(value as never))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('is either valid or refused with a field when its bytes are damaged', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        arbitrary as fc.Arbitrary<unknown>,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (value, damages) => {
          const bytes = Uint8Array.from(encode(value as never));
          for (const [position, byte] of damages) bytes[position % bytes.length] = byte;
          if (!isProtobuf(bytes, decode)) return;
          try {
            const value = decode(bytes);
            if ('fault' in value && value.fault) throw value.fault;
          } catch (error) {
            if (!(error instanceof OutriderError)) throw error;
            refused++;
            expect(['invalid_argument', 'bad_reply']).toContain(error.code);
            expect(error.field).toMatch(/^[a-z]/);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

/** Whether bytes parse at all; what does not parse is refused by gRPC, before any codec. */
function isProtobuf(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    return error instanceof OutriderError;
  }
}
