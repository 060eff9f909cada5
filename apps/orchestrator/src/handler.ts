import {
  OutriderError,
  checkSessionId,
  decodeGenerateRequest,
  decodeText,
  decodeTokenIds,
  encodeDraftKind,
  encodeGenerationEvent,
  encodeModel,
  wire,
} from '@outrider/contracts';
import { type CallContext, type Service, defineService } from '@outrider/rpc';
import { SpeculationError } from '@outrider/speculation';
import { completions } from './completions.js';
import type { Orchestrator } from './orchestrator.js';
import { untilStalled } from './stalled-reader.js';

/** The public API over one orchestrator. */
export function generationService(orchestrator: Orchestrator): Service {
  const { drafts, sessions, targets, tokenizer, vocabulary } = orchestrator;
  return defineService(wire.GenerationServiceService, {
    generate: (request, context) => streamGeneration(request, context, orchestrator),
    tokenize: async ({ text }) => ({ tokenIds: tokenizer.encode(decodeText(text, 'text')) }),
    detokenize: async ({ tokenIds }) => ({
      text: tokenizer.decode(decodeTokenIds(tokenIds, vocabulary, 'token_ids')),
    }),
    getModel: async () => {
      const draft = drafts?.members()[0];
      const [target] = await targets.acquire();
      return {
        target: target && encodeModel(target.model),
        draft: draft && encodeModel(draft.model),
        draftKinds: (draft?.draftKinds ?? []).map(encodeDraftKind),
      };
    },
    closeSession: async ({ sessionId }) => {
      await sessions.close(checkSessionId(sessionId, 'session_id'));
      return {};
    },
  });
}

async function* streamGeneration(
  request: wire.GenerateRequest,
  context: CallContext,
  orchestrator: Orchestrator,
): AsyncGenerator<wire.GenerateResponse, void, void> {
  const { admission, readerIdleMs, vocabulary } = orchestrator;
  const command = decodeGenerateRequest(request, vocabulary);
  const place = await admission.enter(context);
  try {
    const events = completions(command, context, orchestrator);
    for await (const event of untilStalled(events, readerIdleMs, context)) yield encodeGenerationEvent(event);
  } catch (error) {
    throw error instanceof SpeculationError ? fromCore(error) : error;
  } finally {
    place.release();
  }
}

/** What the core refuses is the request's policy or sampling, or an answer of the target's; anything else is a bug. */
function fromCore(error: SpeculationError): OutriderError {
  switch (error.code) {
    case 'invalid_policy':
      return new OutriderError('invalid_argument', error.message, { field: 'speculation', cause: error });
    case 'invalid_scores':
      return new OutriderError('bad_reply', `the target sent ${error.message}`, { field: error.field, cause: error });
    case 'impasse':
      return new OutriderError('invalid_argument', error.message, { field: error.field, cause: error });
    case 'invalid_argument':
    case 'invalid_draft':
      return OutriderError.from(error);
  }
}
