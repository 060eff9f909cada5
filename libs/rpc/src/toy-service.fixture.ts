/** Services for the tests of this package: real definitions, with handlers that a test scripts. */
import { type ModelInfo, encodeModel, wire } from '@outrider/contracts';
import { type CallContext, type Handler, type Service, defineService } from './service.js';

export const draftMethods = wire.DraftServiceService;
export const generationMethods = wire.GenerationServiceService;

export const toyModel: ModelInfo = {
  name: 'toy',
  fingerprint: 'a'.repeat(64),
  tokenizerFingerprint: 'b'.repeat(64),
  vocabularySize: 8,
  contextLength: 64,
  endTokenIds: [0],
  slots: 1,
};

type Draft = typeof draftMethods;

/** A draft service; by default it echoes each stop's round as an opened length. */
export function draftService(handlers: { [K in keyof Draft]?: Handler<Draft[K]> } = {}): Service {
  return defineService(draftMethods, {
    getModel: async () => ({ model: encodeModel(toyModel), kinds: [], replica: undefined }),
    draft: async (stream) => {
      for (let message = await stream.next(); message !== undefined; message = await stream.next()) {
        if (message.message?.$case === 'stop') await stream.send(opened(message.message.value.round));
      }
    },
    ...handlers,
  });
}

/** A generation service whose Generate is the given generator. */
export function generationService(generate: (context: CallContext) => AsyncIterable<wire.GenerateResponse>): Service {
  return defineService(generationMethods, {
    generate: (_, context) => generate(context),
    tokenize: async () => ({ tokenIds: [] }),
    detokenize: async () => ({ text: '' }),
    getModel: async () => ({ target: undefined, draft: undefined, draftKinds: [] }),
    closeSession: async () => ({}),
  });
}

export const stop = (round: number): wire.DraftRequest => ({ message: { $case: 'stop', value: { round } } });

export const opened = (cachedLength: number): wire.DraftResponse => ({
  message: { $case: 'opened', value: { cachedLength, queueMs: 0 } },
});

/** A generation event that carries `size` characters. */
export const textEvent = (size: number): wire.GenerateResponse =>
  wire.GenerateResponse.fromPartial({ event: { $case: 'tokens', value: { text: 'x'.repeat(size) } } });
