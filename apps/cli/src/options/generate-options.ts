import type { PolicySpec } from '@outrider/speculation';
import { InvalidArgumentError, Option } from 'commander';
import { usageError } from '../cli-error.js';
import { isConversationName } from '../generation/conversation.js';
import { addressOption } from './address-option.js';
import { constraintOptions, type ConstraintChoices } from './constraint-options.js';
import { draftKindOption } from './draft-kind-option.js';
import { endingOptions, type EndingChoices } from './ending-options.js';
import { numberOption } from './number-option.js';
import { POLICIES, policyOption } from './policy-option.js';
import { samplingOptions, type SamplingChoices } from './sampling-options.js';
import { STACK_ATTRIBUTES, stackOptions, type StackChoices } from './stack-options.js';
import { WIRE_LIMITS } from './wire-limits.js';

export interface GenerateOptions extends StackChoices, SamplingChoices, EndingChoices, ConstraintChoices {
  /** A running orchestrator; without it the command starts a stack of its own. */
  readonly address?: string;
  /** `-` reads standard input. */
  readonly prompt: string;
  readonly system?: string;
  /** The prompt is plain text, not a chat message. */
  readonly raw?: boolean;
  readonly policy?: PolicySpec;
  /** Log-probabilities are wanted, and so many of the most probable tokens with each. */
  readonly logprobs?: number;
  /** Name of the conversation that this goes on with, or begins. */
  readonly session?: string;
  /** Where another generation runs in that session: go on beside it. */
  readonly fork?: boolean;
  readonly compare?: boolean;
  readonly json?: boolean;
}

/** A first prompt that shows both sides: code is predictable and drafts well, the sentence after it less so. */
export const DEFAULT_PROMPT = 'Write a Python function that returns the first n Fibonacci numbers, then explain it.';

export function generateOptions(): Option[] {
  return [
    new Option('--prompt <text>', 'what to say to the model; - reads standard input').default(DEFAULT_PROMPT),
    new Option('--system <text>', 'system message').conflicts('raw'),
    new Option('--session <name>', 'go on with the conversation of this name, or begin it; it is kept in OUTRIDER_HOME')
      .argParser(sessionOption)
      .conflicts(['raw', 'compare']),
    new Option('--fork', 'when the session is busy, go on beside it in a new one, instead of being refused'),
    new Option('--raw', 'continue the prompt as plain text, without the chat template'),
    new Option('--policy <policy>', `how far to draft: ${POLICIES}`).argParser(policyOption),
    draftKindOption(),
    new Option('--compare', 'also run target-only; show the speed-up and whether the text is the same'),
    new Option(
      '--logprobs <count>',
      "show each token's log-probability, and so many of the most probable tokens'",
    ).argParser(numberOption({ min: 0, max: WIRE_LIMITS.logprobs, integer: true })),
    new Option('--json', 'print one JSON object and nothing else'),
    new Option('--address <host:port>', 'use a running stack').argParser(addressOption).conflicts(STACK_ATTRIBUTES),
    ...grouped('Sampling:', samplingOptions()),
    ...grouped('Form of the text:', constraintOptions()),
    ...grouped('End of the text:', endingOptions()),
    ...grouped('The stack that it starts:', stackOptions()),
  ];
}

function sessionOption(name: string): string {
  if (isConversationName(name)) return name;
  throw new InvalidArgumentError('It must be up to 64 letters, digits and . _ - that begin with a letter or a digit.');
}

function grouped(heading: string, options: readonly Option[]): Option[] {
  return options.map((option) => option.helpGroup(heading));
}

/** Refuses, before anything is started, options that are fine one by one but not together. */
export function checkGenerateOptions(options: GenerateOptions): void {
  if (options.compare && (options.policy?.kind === 'off' || !options.draft)) {
    throw usageError("option '--compare' needs a draft: it compares speculation with target-only");
  }
  if (options.fork && options.session === undefined) {
    throw usageError("option '--fork' needs '--session <name>': it forks a conversation");
  }
  const seen = new Map<number, string>();
  const once = (id: number, flag: string): void => {
    const earlier = seen.get(id);
    if (earlier !== undefined) {
      const other = earlier === flag ? '' : `, also by option '${earlier}'`;
      throw usageError(`option '${flag}' names token ${id} again${other}`);
    }
    seen.set(id, flag);
  };
  for (const { id } of options.logitBias ?? []) once(id, '--logit-bias <id:bias>');
  for (const id of options.banToken ?? []) once(id, '--ban-token <id>');
}
