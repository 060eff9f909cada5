/** What fixes the law that tokens are drawn from. */
import type { AcceptanceMode, TokenBias, TokenId } from '@outrider/speculation';
import { Option } from 'commander';
import { acceptanceOption } from './acceptance-option.js';
import { listOption } from './list-option.js';
import { numberOption } from './number-option.js';
import { seedOption } from './seed-option.js';
import { tokenBiasOption, tokenOption } from './token-option.js';
import { UINT32_MAX, WIRE_LIMITS } from './wire-limits.js';

/** What is absent changes nothing. */
export interface SamplingChoices {
  readonly temperature: number;
  readonly topK: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly logitBias?: readonly TokenBias[];
  /** Tokens never to generate. */
  readonly banToken?: readonly TokenId[];
  readonly seed: bigint;
  readonly acceptance?: AcceptanceMode;
}

const { adjustment, biases, minTemperature, maxTemperature } = WIRE_LIMITS;

/** 0, or a temperature that logits can be divided by. */
function temperatureOption(text: string): number {
  const value = numberOption({ min: 0, max: maxTemperature })(text);
  return value === 0 ? 0 : numberOption({ min: minTemperature })(text);
}

export function samplingOptions(): Option[] {
  const penalty = numberOption({ min: -adjustment, max: adjustment });
  return [
    new Option('--temperature <number>', 'softmax temperature; 0 is greedy').argParser(temperatureOption).default(0),
    new Option('--top-k <count>', 'keep this many most probable tokens; 0 keeps all')
      .argParser(numberOption({ min: 0, max: UINT32_MAX, integer: true }))
      .default(0),
    new Option('--top-p <mass>', 'keep the most probable tokens up to this mass').argParser(
      numberOption({ min: 0, exclusiveMin: true, max: 1 }),
    ),
    new Option('--min-p <ratio>', 'keep tokens at least this probable, relative to the most probable one').argParser(
      numberOption({ min: 0, max: 1 }),
    ),
    new Option(
      '--repetition-penalty <factor>',
      'divide the positive logits of tokens in the prompt or the text by this, multiply the negative ones',
    ).argParser(numberOption({ min: 0, exclusiveMin: true, max: adjustment })),
    new Option(
      '--frequency-penalty <number>',
      'subtract this from a logit for each time the token occurs in the text',
    ).argParser(penalty),
    new Option(
      '--presence-penalty <number>',
      'subtract this from the logits of tokens that occur in the text',
    ).argParser(penalty),
    new Option('--logit-bias <id:bias>', "add this to a token's logit; repeatable").argParser(
      listOption(tokenBiasOption, biases),
    ),
    new Option('--ban-token <id>', 'never generate this token; repeatable').argParser(listOption(tokenOption, biases)),
    new Option('--seed <number>', 'key of the random numbers; 0 lets the server choose')
      .argParser(seedOption)
      .default(0n, '0'),
    new Option(
      '--acceptance <mode>',
      'rejection accepts the most drafted tokens; coupled gives one text for a seed whatever draft and policy' +
        ' (default: rejection)',
    ).argParser(acceptanceOption),
  ];
}
