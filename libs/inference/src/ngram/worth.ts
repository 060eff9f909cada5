/** Which predictions of n-grams are worth proposing. */

export interface Worth {
  /** Tokens of the context that occurred before, at least. */
  readonly matchLength: number;
  /** Of the most probable token, at least. */
  readonly topProbability: number;
}

/** Where there is nothing else to propose. */
export const WORTH_A_TRY: Worth = { matchLength: 1, topProbability: 0 };

/** In place of a pass of the model. */
export const SURE: Worth = { matchLength: 2, topProbability: 0.5 };
