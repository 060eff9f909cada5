/**
 * How a session begins and ends, and what goes over from one to the next. Between passes only: slots move, and what they
 * hold is copied.
 */
import type { TokenId } from '@outrider/speculation';
import type { Workshop } from './block.js';
import { createGuide } from './guide.js';
import { createSuffixIndex } from './ngram/suffix-index.js';
import type { OpenRequest, SessionKey } from './port.js';
import { type EngineSession, heldLength } from './sessions.js';

/**
 * Claims a slot, or takes over the session's own, and brings what is kept of the request's tokens into it. Answers how
 * many of them it holds then. Errors: slots_exhausted, stale_fence, invalid_argument.
 */
export async function openSession(
  workshop: Workshop,
  request: OpenRequest,
): Promise<{ readonly cachedLength: number }> {
  const { constraint, draftKind: kind = 'neural', fence, tokens } = request;
  const compiled = constraint && (await (await workshop.constraints()).compile(constraint));
  const guide = compiled && createGuide(compiled.start());
  const session = workshop.sessions.claim(request, (before) => {
    if (before !== undefined) keepPrefix(workshop, before);
    const slot = before?.slot ?? workshop.cache.open();
    const index = kind === 'neural' ? undefined : (before?.index ?? createSuffixIndex(slot.tokens));
    return { fence, kind, slot, index, scored: [], seed: 0n, guide };
  });
  return { cachedLength: heldOf(tokens, session) };
}

/** Frees the slot, and keeps what it held. A session that is unknown or has a newer owner is left alone. */
export function closeSession(workshop: Workshop, key: SessionKey): void {
  const ended = workshop.sessions.release(key);
  if (ended === undefined) return;
  keepPrefix(workshop, ended);
  workshop.cache.close(ended.slot);
}

/** Keeps a copy of what the session holds now, for others that begin alike: to be called after a prefill's chunks. */
export function keepPrefix({ prefixes }: Workshop, { slot }: EngineSession): void {
  prefixes?.keep(slot);
}

/** Of the tokens that a session is opened with, the first ones that it holds. */
function heldOf(tokens: readonly TokenId[] | undefined, session: EngineSession): number {
  const held = heldLength(session);
  if (tokens === undefined) return held;
  const own = session.kind === 'ngram' && session.index !== undefined ? session.index.tokens : session.slot.tokens;
  let length = 0;
  while (length < held && length < tokens.length && own[length] === tokens[length]) length++;
  return length;
}
