/** Drafts without a model: n-grams of each session's own tokens. Everything is done at once, in the thread that calls. */
import type { ConstraintCompiler } from '@outrider/constraints';
import type { TokenId } from '@outrider/speculation';
import { type Appending, checkFit } from '../appending.js';
import { constraintCompiler, guideFor } from '../constraints.js';
import { draftFrom } from '../draft-loop.js';
import { asEngineError } from '../engine-error.js';
import type { Guide } from '../guide.js';
import { type DraftEngine, EngineError, type NgramEngineOptions, type OpenRequest } from '../port.js';
import { commonLength } from '../prefix-cache/common-length.js';
import { SessionTable } from '../session-table.js';
import { ngramLook } from './look.js';
import { type SuffixIndex, createSuffixIndex } from './suffix-index.js';
import { WORTH_A_TRY } from './worth.js';

interface NgramSession {
  readonly fence: bigint;
  readonly index: SuffixIndex;
  readonly guide: Guide | undefined;
}

/** Loads nothing: neither weights nor the runtime for them. */
export function createNgramEngine(options: NgramEngineOptions): DraftEngine {
  const { contextLength, endTokenIds, maxCandidates, modelDirectory, slots, vocabularySize } = options;
  const sessions = new SessionTable<NgramSession>(slots);
  const constraints = modelDirectory === undefined ? undefined : constraintCompiler(modelDirectory);
  let disposed = false;

  /** Every call ends with an EngineError, or well. */
  const call = async <T>(work: () => Promise<T> | T): Promise<T> => {
    if (disposed) throw new EngineError('disposed', 'the engine is disposed of');
    try {
      return await work();
    } catch (reason) {
      throw asEngineError(reason);
    }
  };
  const append = (request: Appending): NgramSession => {
    const session = sessions.find(request);
    checkFit({ held: session.index.tokens.length, vocabularySize, contextLength }, request);
    session.index.follow(request.keepLength, request.tokens);
    return session;
  };

  return {
    info: () => ({ vocabularySize, contextLength, endTokenIds, slots, slotsInUse: sessions.inUse }),
    open: (request) =>
      call(async () => {
        refuseOtherKinds(request);
        const guide = await guideOf(request, constraints);
        const { fence, tokens } = request;
        const { index } = sessions.claim(request, (before) => {
          return { fence, index: before?.index ?? createSuffixIndex(), guide };
        });
        // Nothing is kept of sessions that are over: to take a text in again costs no pass.
        if (tokens !== undefined) index.truncate(commonLength(index.tokens, tokens));
        return { cachedLength: index.tokens.length };
      }),
    prefill: (request, signal) =>
      call(() => {
        refuseAborted(signal);
        const started = performance.now();
        const { index } = append(request);
        return { kvLength: index.tokens.length, computeMs: performance.now() - started };
      }),
    draftBlock: (request, signal) =>
      call(() => {
        refuseAborted(signal);
        const { guide, index } = append(request);
        const sources = {
          position: () => index.tokens.length,
          lookUp: () => ngramLook(index, request, guide, maxCandidates, WORTH_A_TRY),
          push: (id: TokenId) => index.append(id),
          held: () => index.tokens.length,
        };
        const block = draftFrom(
          sources,
          request,
          { contextLength, endTokenIds },
          () => signal?.aborted === true,
        ).next();
        if (block.done !== true) throw new Error('n-grams want no pass');
        return block.value;
      }),
    close: (key) => call(() => void sessions.release(key)),
    async dispose() {
      disposed = true;
    },
  };
}

function refuseOtherKinds({ draftKind = 'ngram' }: OpenRequest): void {
  if (draftKind === 'ngram') return;
  throw new EngineError('invalid_argument', `there is no model for ${draftKind} drafts`, 'draft_kind');
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new EngineError('aborted', 'the caller gave up');
}

async function guideOf(
  { constraint }: OpenRequest,
  constraints: (() => Promise<ConstraintCompiler>) | undefined,
): Promise<Guide | undefined> {
  if (constraint === undefined) return undefined;
  if (constraints === undefined) {
    throw new EngineError('invalid_argument', 'needs a tokenizer, which this engine has not', 'sampling.constraint');
  }
  return guideFor(constraint, constraints);
}
