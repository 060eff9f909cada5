/** Drafting on an engine with a model, without leaving its thread: each step is a lane of a pass. */
import type { DraftBlock, TokenId } from '@outrider/speculation';
import { type Workshop, beginAppending } from './block.js';
import { PASSLESS, type Passless, draftFrom } from './draft-loop.js';
import type { ScoredRow } from './lanes.js';
import type { Look } from './look.js';
import { modelLook } from './model-look.js';
import { ngramLook } from './ngram/look.js';
import { SURE, WORTH_A_TRY } from './ngram/worth.js';
import type { DraftBlockRequest } from './port.js';
import { heldLength } from './sessions.js';
import type { Task } from './task.js';

/** `isAborted` is asked between steps. Errors: those of checkAppending. */
export function* draftBlock(
  workshop: Workshop,
  request: DraftBlockRequest,
  isAborted: () => boolean,
): Task<DraftBlock> {
  const { model, contextLength, maxCandidates } = workshop;
  const { sampling } = request;
  const session = beginAppending(workshop, request);
  const { guide, index, kind, slot } = session;
  const temperature = sampling.temperature === 0 ? 1 : sampling.temperature;
  const one = sampling.temperature === 0 && sampling.adjustments === undefined && guide === undefined;
  const lawSize = Math.min(one ? 1 : maxCandidates, model.headRows);
  // Tokens the model has not seen: those that n-grams proposed wait for its next pass, which takes them all.
  let waiting: readonly TokenId[] = request.tokens;
  let waitedMs = 0;
  const pass = function* (): Task<Look | Passless | undefined> {
    const asked = performance.now();
    const ran = yield { kind: 'block', lanes: [{ slot, tokens: waiting, scored: 1, temperature, lawSize }] };
    if (ran === undefined) return PASSLESS;
    waiting = [];
    waitedMs += performance.now() - asked - ran.ms;
    const row = ran.rows[0]?.[0];
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
    waitedMs: () => waitedMs,
  };
  return yield* draftFrom(sources, request, { contextLength, endTokenIds: model.endTokenIds }, isAborted);
}
