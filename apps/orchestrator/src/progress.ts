import { prefixChain } from '@outrider/contracts';
import type { CacheReference, CacheReferences } from '@outrider/sessions';
import type { RoundEvent, TokenId } from '@outrider/speculation';

/** What a generation has committed, and how much of it the replicas' caches hold. */
export interface Progress {
  add(event: RoundEvent): void;
  /** Where the caches are, on replicas of these ids; what has none is left out. */
  references(replicas: { readonly target: string | undefined; readonly draft: string | undefined }): CacheReferences;
}

export function createProgress(
  prompt: readonly TokenId[],
  held: { readonly target: number; readonly draft: number },
): Progress {
  const committed = [...prompt];
  let { draft, target } = held;
  const referenceTo = (replica: string | undefined, length: number): CacheReference | undefined =>
    replica === undefined || length === 0
      ? undefined
      : { replica, length, link: prefixChain(committed.slice(0, length)).at(-1) ?? '' };
  return {
    add(event) {
      ({ draft, target } = event.held);
      committed.push(...event.emitted.map(({ id }) => id));
    },
    references: (replicas) => ({
      target: referenceTo(replicas.target, target),
      draft: referenceTo(replicas.draft, draft),
    }),
  };
}
