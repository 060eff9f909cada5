/** What `up` and `generate` may ask of the stack they start. */
import type { DraftKind } from '@outrider/speculation';
import { Option } from 'commander';
import { numberOption } from './number-option.js';

export interface StackChoices {
  readonly threads?: number;
  readonly slots?: number;
  readonly contextLength?: number;
  /** A model's name in the cache, or its folder. */
  readonly targetModel?: string;
  readonly draftModel?: string;
  /** What the draft service drafts with; with `ngram` it loads no model. */
  readonly draftKind?: DraftKind;
  /** False with --no-draft. */
  readonly draft: boolean;
  readonly verbose?: boolean;
}

/** The attribute names of the options below, for options that exclude them. */
export const STACK_ATTRIBUTES = ['threads', 'slots', 'contextLength', 'targetModel', 'draftModel', 'draft'];

export function stackOptions(): Option[] {
  const count = (max: number) => numberOption({ min: 1, max, integer: true });
  return [
    new Option('--target-model <name>', 'target model: a name in the cache, or a model folder'),
    new Option('--draft-model <name>', 'draft model: a name in the cache, or a model folder').conflicts('draft'),
    new Option('--no-draft', 'run target-only, without a draft service'),
    new Option('--threads <count>', 'threads of one forward pass').argParser(count(1024)),
    new Option('--slots <count>', 'sessions each replica holds at a time').argParser(count(4096)),
    new Option('--context-length <tokens>', 'longest session, in tokens').argParser(count(2 ** 24)),
    new Option('--verbose', "show the services' logs, not only their problems"),
  ];
}

/** The choices alone, out of a larger set of options. */
export function stackChoices(options: StackChoices): StackChoices {
  const { threads, slots, contextLength, targetModel, draftModel, draftKind, draft, verbose } = options;
  return {
    draft,
    ...(verbose === undefined ? {} : { verbose }),
    ...(threads === undefined ? {} : { threads }),
    ...(slots === undefined ? {} : { slots }),
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(targetModel === undefined ? {} : { targetModel }),
    ...(draftModel === undefined ? {} : { draftModel }),
    ...(draftKind === undefined ? {} : { draftKind }),
  };
}
