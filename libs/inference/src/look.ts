import type { DraftFigures, DraftSource, LogitChanges, SparseDistribution, TokenId } from '@outrider/speculation';
import { ConstraintError } from '@outrider/constraints';
import { type Guide, guided } from './guide.js';

/** The distribution of a draft's next token: what a stopping rule sees of it, and what is drawn from. */
export interface Look extends DraftFigures {
  readonly source: DraftSource;
  law(): SparseDistribution;
}

/**
 * Changes with everything banned that the guide does not allow behind a generated text. Undefined when it knows no way
 * on. Then the block ends with what was drafted: to fail, and lose it, because of what the drafted tokens are would bias
 * the output. Where the text really goes there, the target says what is wrong.
 */
export function guidedFrom(
  guide: Guide,
  text: readonly TokenId[],
  own: LogitChanges | undefined,
): LogitChanges | undefined {
  try {
    return guide.follow(text) ? guided(own, guide) : undefined;
  } catch (error) {
    if (error instanceof ConstraintError) return undefined;
    throw error;
  }
}
