/**
 * How a session begins and ends, and what goes over from one to the next. Between passes only: slots move, and what they
 * hold is copied.
 */
import type { DraftKind, TokenId } from '@outrider/speculation';
import type { Workshop } from './block.js';
import type { Guide } from './guide.js';
import type { CacheSlot } from './kv-cache.js';
import { createSuffixIndex } from './ngram/suffix-index.js';
import type { OpenRequest, SessionKey } from './port.js';
import { commonLength } from './prefix-cache/common-length.js';
import { type EngineSession, heldLength } from './sessions.js';

/**
 * Claims a slot, or takes over the session's own, and brings what is kept of the request's tokens into it. Answers how
 * many of them it holds then; without any, what the session itself held. Errors: slots_exhausted, stale_fence.
 */
export function openSession(
  workshop: Workshop,
  request: OpenRequest,
  guide: Guide | undefined,
): { readonly cachedLength: number } {
  const { draftKind: kind = 'neural', fence, tokens } = request;
  const session = workshop.sessions.claim(request, (before) => {
    if (before !== undefined) keepPrefix(workshop, before);
    const slot = slotHolding(workshop, before?.slot, kind, tokens);
    const index = kind === 'neural' ? undefined : (before?.index ?? createSuffixIndex(slot.tokens));
    if (tokens !== undefined) index?.truncate(commonLength(index.tokens, tokens));
    if (kind === 'hybrid' && index !== undefined && index.tokens.length < slot.length) index.follow(0, slot.tokens);
    return { fence, kind, slot, index, scored: [], seed: 0n, guide };
  });
  return { cachedLength: heldLength(session) };
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

/** A slot with the first of the tokens, as many as it or the kept prefixes hold; without tokens, as it is. */
function slotHolding(
  { cache, prefixes }: Workshop,
  own: CacheSlot | undefined,
  kind: DraftKind,
  tokens: readonly TokenId[] | undefined,
): CacheSlot {
  if (tokens === undefined) return own ?? cache.open();
  const found = kind === 'ngram' ? undefined : prefixes?.find(tokens);
  const cached = found?.length ?? 0;
  const slot = own ?? cache.open(roomFor(cached, tokens.length));
  cache.truncate(slot, commonLength(slot.tokens, tokens));
  if (found !== undefined && cached > slot.length) {
    cache.widen(slot, roomFor(cached, tokens.length));
    prefixes?.extend(slot, found);
  }
  return slot;
}

/** Room for all that is coming spares a move; much more than is there makes every pass until then dearer. */
function roomFor(cached: number, coming: number): number {
  return Math.min(coming, cached + Math.floor(cached / 2));
}
