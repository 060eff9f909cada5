/** What a study runs, from its options. */
import { usageError } from '../bench-error.js';
import { listProfiles } from '../profiles/files.js';
import { THIS_MACHINE } from '../profiles/types.js';
import { isStatic, quickPolicies, realPolicies, studyPolicies } from './policies.js';
import { STUDY_DRAFTS, type StudyDraftName, type StudySettings } from './types.js';

export interface StudyOptions {
  readonly prompts?: number;
  readonly maxTokens?: number;
  readonly temperatures?: readonly number[];
  readonly lengths?: readonly number[];
  readonly drafts?: readonly StudyDraftName[];
  /** False: replays alone. */
  readonly real: boolean;
  readonly realPrompts?: number;
  readonly realTemperatures?: readonly number[];
  readonly realLengths?: readonly number[];
  readonly realPolicies?: readonly string[];
  readonly profiles?: readonly string[];
  readonly repeat: number;
  readonly seeds?: number;
  readonly threads: number;
  readonly seed: bigint;
  readonly quick?: boolean;
  /** Begin anew although some of it is done. */
  readonly fresh?: boolean;
  readonly output?: string;
  readonly plots?: string;
}

const PROFILES = ['a100-llama2-7b', 'no-gain'];
const LENGTHS = [3, 7, 16];
/** The compared length that short tables and plots show. */
export const SHOWN_LENGTH = 7;

const FULL = { maxTokens: 64, temperatures: [0, 0.5, 1, 1.3], drafts: STUDY_DRAFTS, seeds: 4 };
const QUICK = { maxTokens: 48, temperatures: [0, 1], drafts: ['ngram', 'default', 'larger'], seeds: 2 } as const;
const QUICK_PROMPTS = 6;

/** `available` is how many prompts there are. Rejects with a usage error for what does not go together. */
export async function settingsOf(options: StudyOptions, available: number): Promise<StudySettings> {
  const quick = options.quick === true;
  const defaults = quick ? QUICK : FULL;
  const prompts = options.prompts ?? (quick ? QUICK_PROMPTS : available);
  const lengths = options.lengths ?? LENGTHS;
  const temperatures = options.temperatures ?? defaults.temperatures;
  const shown = shownLength(lengths);
  const real = {
    prompts: Math.min(prompts, options.realPrompts ?? prompts),
    temperatures: options.realTemperatures ?? temperatures,
    policies: options.realPolicies ?? (quick ? quickPolicies(shown) : realPolicies(options.realLengths ?? [shown])),
    repeat: options.repeat,
  };
  const drafts = options.drafts ?? defaults.drafts;
  if (options.real) checkReal(real.policies, drafts);
  const profiles = options.profiles ?? PROFILES;
  const committed = (await listProfiles()).includes(THIS_MACHINE);
  return {
    prompts,
    maxTokens: options.maxTokens ?? defaults.maxTokens,
    temperatures,
    lengths,
    drafts,
    replayPolicies: studyPolicies(lengths),
    replaySeeds: options.seeds ?? defaults.seeds,
    // With real runs this machine's is fitted to them.
    profiles: [...new Set([...(options.real || committed ? [THIS_MACHINE] : []), ...profiles])],
    ...(options.real && { real }),
    threads: options.threads,
    seed: String(options.seed),
  };
}

/** Said before anything is run: what comparisons and this machine's profile want of the real runs. */
function checkReal(policies: readonly string[], drafts: readonly StudyDraftName[]): void {
  if (!policies.includes('off') || policies.filter(isStatic).length < 2) {
    throw usageError('--real-policies: off and two static lengths are wanted, to compare with and to fit costs to');
  }
  if (!drafts.includes('default') && !drafts.includes('larger')) {
    throw usageError("--drafts: costs are fitted to a model's passes, so that default or larger is wanted");
  }
}

export function shownLength(lengths: readonly number[]): number {
  return lengths.includes(SHOWN_LENGTH) ? SHOWN_LENGTH : (lengths[0] as number);
}
