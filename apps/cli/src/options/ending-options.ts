/** What ends the text. */
import type { TokenId } from '@outrider/speculation';
import { Option } from 'commander';
import { listOption } from './list-option.js';
import { numberOption } from './number-option.js';
import { stopTextOption } from './stop-text-option.js';
import { tokenOption } from './token-option.js';
import { WIRE_LIMITS } from './wire-limits.js';

export interface EndingChoices {
  readonly maxTokens: number;
  readonly stop?: readonly string[];
  readonly stopToken?: readonly TokenId[];
  readonly ignoreEos?: boolean;
}

const DEFAULT_MAX_TOKENS = 256;
const { stopStrings, stopTokens, tokens } = WIRE_LIMITS;

export function endingOptions(): Option[] {
  return [
    new Option('--max-tokens <count>', 'tokens to generate at most')
      .argParser(numberOption({ min: 1, max: tokens, integer: true }))
      .default(DEFAULT_MAX_TOKENS),
    new Option(
      '--stop <text>',
      'end before this text, in which \\n is a line feed, \\t a tab and \\\\ a backslash; repeatable',
    ).argParser(listOption(stopTextOption, stopStrings)),
    new Option('--stop-token <id>', "end with this token too, besides the model's own; repeatable").argParser(
      listOption(tokenOption, stopTokens),
    ),
    new Option('--ignore-eos', "go on after the model's own end of text"),
  ];
}
