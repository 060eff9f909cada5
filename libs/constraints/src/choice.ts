import { Refusal } from './error.js';
import { type Expression, oneOf } from './expression.js';

const encoder = new TextEncoder();

/** @param canWrite whether the vocabulary can write a byte: a choice that it cannot write would never be chosen */
export function choiceExpression(choices: readonly string[], canWrite: (byte: number) => boolean): Expression {
  if (choices.length === 0) throw new Refusal('invalid', 'it must name at least one choice');
  choices.forEach((choice, index) => {
    if (/\p{Surrogate}/u.test(choice)) throw new Refusal('invalid', `choice ${index} is not well-formed Unicode`);
    if (!encoder.encode(choice).every(canWrite))
      throw new Refusal('unsatisfiable', `choice ${index} has a character that the model's vocabulary cannot write`);
  });
  return oneOf(choices);
}
