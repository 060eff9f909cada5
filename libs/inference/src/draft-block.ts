/** Drafting on an engine with a model, without leaving its thread. */
import type { DraftBlock, TokenId } from '@outrider/speculation';
import { type Workshop, beginAppending } from './block.js';
import { draftFrom } from './draft-loop.js';
import { forward } from './forward.js';
import type { ScoredRow } from './lanes.js';
import { modelLook } from './model-look.js';
import { ngramLook } from './ngram/look.js';
import { SURE, WORTH_A_TRY } from './ngram/worth.js';
import type { DraftBlockRequest } from './port.js';
import { heldLength } from './sessions.js';

/** `isAborted` is asked between steps. Errors: those of checkAppending. */
export async function draftBlock(
  workshop: Workshop,
  request: DraftBlockRequest,
  isAborted: () => boolean,
): Promise<DraftBlock> {
  const { model, cache, contextLength, maxCandidates } = workshop;
  const { sampling } = request;
  const session = beginAppending(workshop, request);
  const { guide, index, kind, slot } = session;
  const temperature = sampling.temperature === 0 ? 1 : sampling.temperature;
  const one = sampling.temperature === 0 && sampling.adjustments === undefined && guide === undefined;
  const lawSize = Math.min(one ? 1 : maxCandidates, model.headRows);
  // Tokens the model has not seen: those that n-grams proposed wait for its next pass, which takes them all.
  let waiting: readonly TokenId[] = request.tokens;
  const pass = async () => {
    const tokens = waiting;
    waiting = [];
    const row = (await forward(model, cache, [{ slot, tokens, scored: 1, temperature, lawSize }]))[0]?.[0];
    return modelLook(model, row as ScoredRow, request, slot.tokens, guide);
  };
  const least = kind === 'hybrid' ? SURE : WORTH_A_TRY;
  const sources = {
    position: () => index?.tokens.length ?? slot.length + waiting.length,
    lookUp: index && (() => ngramLook(index, request, guide, maxCandidates, least)),
    pass: kind === 'ngram' ? undefined : pass,
    push: (id: TokenId) => {
      index?.append(id);
      waiting = [...waiting, id];
    },
    held: () => heldLength(session),
  };
  return draftFrom(sources, request, { contextLength, endTokenIds: model.endTokenIds }, isAborted);
}
