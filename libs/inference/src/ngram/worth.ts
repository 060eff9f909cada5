/**
 * How probable an index's best token must be, to be worth proposing. By how long a match it was found says no more:
 * the probability has that in it (see prediction.ts).
 */

/**
 * Where there is nothing else to propose. One token in six is right below it, in greedy texts of the default target,
 * and that is about what a row of the target's pass costs.
 */
export const WORTH_A_TRY = 0.2;

/**
 * In place of a pass of the model. Over greedy texts of 42 prompts on the default pair, the model alone had .70 tokens
 * accepted a round of up to 8, in 1.69 passes; n-grams alone .63 in none; both 1.28 from .3 on, 1.35 in 1.31 passes from
 * .5 on, 1.29 from .6 on, 1.21 from .8 on. Between .5 and .6 the n-grams are right .50 of the time, and the model in the
 * same places .33; between .3 and .4 it is .32 and .44. At temperature 1 the same place is best.
 */
export const SURE = 0.5;
