/** A session's constraint, followed along its text. */
import type { ConstraintState } from '@outrider/constraints';
import type { LogitChanges, TokenId } from '@outrider/speculation';

export interface Guide {
  /**
   * Goes to the end of a generated text, over what it shares with the one before; false when the text does not fit,
   * as a drafted one may not. Then it stands within it.
   */
  follow(text: readonly TokenId[]): boolean;
  /** What may come next: bit `i & 31` of word `i >>> 5` is set for token i. Read it at once. */
  mask(): Int32Array;
}

export function createGuide(state: ConstraintState): Guide {
  const taken: TokenId[] = [];
  return {
    follow(text) {
      let shared = 0;
      while (shared < taken.length && taken[shared] === text[shared]) shared++;
      state.rollback(taken.length - shared);
      taken.length = shared;
      for (const id of text.slice(shared)) {
        if (!state.accept(id)) return false;
        taken.push(id);
      }
      return true;
    },
    mask: () => state.mask(),
  };
}

export function isAllowed(mask: Int32Array, id: TokenId): boolean {
  return (((mask[id >>> 5] as number) >>> (id & 31)) & 1) === 1;
}

/** Changes of logits with everything that the guide does not allow banned. */
export function guided(changes: LogitChanges | undefined, guide: Guide): LogitChanges {
  const mask = guide.mask();
  return {
    ids: changes?.ids ?? [],
    apply: (id, logit) => (isAllowed(mask, id) ? (changes?.apply(id, logit) ?? logit) : -Infinity),
  };
}
