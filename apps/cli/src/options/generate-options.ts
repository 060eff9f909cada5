import type { PolicySpec } from '@outrider/speculation';
import { Option } from 'commander';
import { addressOption } from './address-option.js';
import { numberOption } from './number-option.js';
import { policyOption } from './policy-option.js';
import { seedOption } from './seed-option.js';
import { STACK_ATTRIBUTES, stackOptions, type StackChoices } from './stack-options.js';

export interface GenerateOptions extends StackChoices {
  /** A running orchestrator; without it the command starts a stack of its own. */
  readonly address?: string;
  /** `-` reads standard input. */
  readonly prompt: string;
  readonly system?: string;
  /** The prompt is plain text, not a chat message. */
  readonly raw?: boolean;
  readonly temperature: number;
  readonly topP?: number;
  readonly topK: number;
  readonly seed: bigint;
  readonly maxTokens: number;
  readonly policy?: PolicySpec;
  readonly compare?: boolean;
  readonly json?: boolean;
}

/** A first prompt that shows both sides: code is predictable and drafts well, the sentence after it less so. */
export const DEFAULT_PROMPT = 'Write a Python function that returns the first n Fibonacci numbers, then explain it.';

const DEFAULT_MAX_TOKENS = 256;
const UINT32_MAX = 2 ** 32 - 1;

// The wire's own limits, written out so that parsing arguments need not load the wire code; a test compares them.
export const LARGEST_MAX_TOKENS = 262_144;
export const SMALLEST_TEMPERATURE = 1e-4;
export const LARGEST_TEMPERATURE = 100;

/** 0, or a temperature that logits can be divided by. */
function temperatureOption(text: string): number {
  const value = numberOption({ min: 0, max: LARGEST_TEMPERATURE })(text);
  return value === 0 ? 0 : numberOption({ min: SMALLEST_TEMPERATURE })(text);
}

export function generateOptions(): Option[] {
  return [
    new Option('--prompt <text>', 'what to say to the model; - reads standard input').default(DEFAULT_PROMPT),
    new Option('--system <text>', 'system message').conflicts('raw'),
    new Option('--raw', 'continue the prompt as plain text, without the chat template'),
    new Option('--temperature <number>', 'softmax temperature; 0 is greedy').argParser(temperatureOption).default(0),
    new Option('--top-p <mass>', 'keep the most probable tokens up to this mass').argParser(
      numberOption({ min: 0, exclusiveMin: true, max: 1 }),
    ),
    new Option('--top-k <count>', 'keep this many most probable tokens; 0 keeps all')
      .argParser(numberOption({ min: 0, max: UINT32_MAX, integer: true }))
      .default(0),
    new Option('--seed <number>', 'key of the random numbers; 0 lets the server choose')
      .argParser(seedOption)
      .default(0n, '0'),
    new Option('--max-tokens <count>', 'tokens to generate at most')
      .argParser(numberOption({ min: 1, max: LARGEST_MAX_TOKENS, integer: true }))
      .default(DEFAULT_MAX_TOKENS),
    new Option('--policy <policy>', 'how far to draft: adaedl, static:K or off').argParser(policyOption),
    new Option('--compare', 'also run target-only; show the speed-up and whether the text is the same'),
    new Option('--json', 'print one JSON object and nothing else'),
    new Option('--address <host:port>', 'use a running stack').argParser(addressOption).conflicts(STACK_ATTRIBUTES),
    ...stackOptions(),
  ];
}
