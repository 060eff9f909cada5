/** Reading a long text, in chunks that end at the borders of blocks. */
import { graphSignature } from '@outrider/models';
import { type Workshop, beginAppending } from './block.js';
import { keepPrefix } from './open-session.js';
import { EngineError, type PrefillRequest, type PrefillResult } from './port.js';
import type { Task } from './task.js';

/** Errors: those of checkAppending; aborted. */
export function* prefill(workshop: Workshop, request: PrefillRequest): Task<PrefillResult> {
  const started = performance.now();
  const session = beginAppending(workshop, request);
  const { index, kind, slot } = session;
  if (kind === 'ngram' && index !== undefined) {
    return { kvLength: index.tokens.length, computeMs: performance.now() - started };
  }
  let computeMs = performance.now() - started;
  const { keepLength, tokens } = request;
  const end = keepLength + tokens.length;
  while (slot.length < end) {
    const done = slot.length - keepLength;
    const chunk = tokens.slice(done, done + roomInBlock(slot.length));
    const ran = yield { kind: 'chunk', lanes: [{ slot, tokens: chunk, scored: 0, temperature: 1, lawSize: 0 }] };
    if (ran === undefined) throw new EngineError('aborted', 'the caller gave up');
    // An unfinished block is kept once, at the end.
    if (slot.length % graphSignature.BLOCK_TOKENS === 0 || slot.length === end) keepPrefix(workshop, session);
    computeMs += ran.ms;
  }
  return { kvLength: slot.length, computeMs };
}

function roomInBlock(length: number): number {
  return graphSignature.BLOCK_TOKENS - (length % graphSignature.BLOCK_TOKENS);
}
