/** The options of each policy: their checks, and from them the codecs, since messages and options share their names. */
import type { AdaEdlOptions, DraftAndVerifyOptions, HeuristicOptions, LearnedOptions } from '@outrider/speculation';
import {
  LARGEST_DRAFT_LENGTH,
  type MaxConfidenceOptions,
  type PaceOptions,
  type SvipOptions,
} from '@outrider/speculation';
import { inRange, inRangeAbove } from './checks.js';

/** Returns the value, or throws invalid_argument with the field's path. */
type Check<T> = (value: T, field: string) => T;

/** One for each option. */
export type OptionChecks<Options> = { readonly [Name in keyof Options]-?: Check<Options[Name]> };

/** A message of the wire: every option may be undefined. */
type Message<Options> = { [Name in keyof Options]?: Options[Name] | undefined };

/** Largest gamma worth asking for: the bound is 0 from an entropy of 0.01 nats on. */
const LARGEST_GAMMA = 100;
/** Largest threshold of svip worth asking for: the entropy of 100,000 equally likely tokens stays below. */
const LARGEST_SVIP_THRESHOLD = 2;

const fraction: Check<number> = (value, field) => inRange(value, 0, 1, field);
export const draftLength: Check<number> = (value, field) => inRange(value, 1, LARGEST_DRAFT_LENGTH, field);
const flag: Check<boolean> = (value) => value;

const threshold = { alpha: fraction, epsilon: fraction, beta1: fraction, beta2: fraction };

export const maxConfidenceChecks: OptionChecks<MaxConfidenceOptions> = {
  ...threshold,
  lambdaInitial: fraction,
  maxDraftTokens: draftLength,
  proposeStopped: flag,
  warmStart: flag,
};

export const adaEdlChecks: OptionChecks<AdaEdlOptions> = {
  ...maxConfidenceChecks,
  // The threshold divides by it.
  gamma: (value, field) => inRangeAbove(value, 0, LARGEST_GAMMA, field),
};

export const svipChecks: OptionChecks<SvipOptions> = {
  threshold: (value, field) => inRange(value, 0, LARGEST_SVIP_THRESHOLD, field),
  maxDraftTokens: draftLength,
};

export const draftAndVerifyChecks: OptionChecks<DraftAndVerifyOptions> = {
  ...threshold,
  thresholdInitial: fraction,
  maxDraftTokens: draftLength,
};

export const heuristicChecks: OptionChecks<HeuristicOptions> = {
  initialDraftTokens: draftLength,
  confidenceThreshold: fraction,
  maxDraftTokens: draftLength,
};

export const learnedChecks: OptionChecks<LearnedOptions> = { stopThreshold: fraction, maxDraftTokens: draftLength };

export const paceChecks: OptionChecks<PaceOptions> = { maxDraftTokens: draftLength };

/** Options that are absent stay absent: they take the service's values. */
export function encodeOptions<Options extends object>(
  checks: OptionChecks<Options>,
  options: Partial<Options>,
): Message<Options> {
  const message: Message<Options> = {};
  for (const name of namesOf(checks)) message[name] = options[name];
  return message;
}

/** Errors: invalid_argument with the path of the first bad option. */
export function decodeOptions<Options extends object>(
  checks: OptionChecks<Options>,
  message: Message<Options>,
  field: string,
): Partial<Options> {
  const options: Partial<Options> = {};
  for (const name of namesOf(checks)) {
    const value = message[name];
    if (value !== undefined) options[name] = checks[name](value, `${field}.${snakeCase(name)}`);
  }
  return options;
}

function namesOf<Options>(checks: OptionChecks<Options>): (keyof Options & string)[] {
  return Object.keys(checks) as (keyof Options & string)[];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
