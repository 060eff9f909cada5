/** What a study measures and what it says. */
import type { DraftKind } from '@outrider/speculation';
import type { Measurement, MeasurementKey } from '../policies/measurement.js';
import type { ModelName } from '../policies/result.js';
import type { DeviceProfile } from '../profiles/types.js';
import type { Provenance } from '../report/provenance.js';
import type { PromptKind } from '../workload/prompts.js';

/** What is drafted with, from free to dear. */
export const STUDY_DRAFTS = ['ngram', 'default', 'hybrid', 'larger'] as const;
export type StudyDraftName = (typeof STUDY_DRAFTS)[number];

/** One draft at one temperature, in real runs (`real`) or replayed under a device profile (its name). */
export interface CellKey {
  readonly source: string;
  readonly draft: StudyDraftName;
  readonly temperature: number;
}

/** Of one generation, real or replayed, what the study's figures are made of. */
export interface Figures
  extends
    MeasurementKey,
    Pick<Measurement, 'completionTokens' | 'decodeTokens' | 'decodeMs' | 'rounds' | 'drafted' | 'accepted'> {
  /** Of replayed ones: of all rounds, and the least it could have been. */
  readonly totalMs?: number;
  readonly ceilingMs?: number;
}

/** A ratio of two speeds with its 95 % range, from the bootstrap over prompts. */
export interface RatioRange {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** One policy in one cell, in the form of the table of arXiv:2410.18351. What does not apply is absent. */
export interface StudyRow {
  readonly policy: string;
  readonly tokensPerSecond: number;
  /** Against the same cell's `off`, ... */
  readonly overOff: RatioRange;
  /** ... its static of the same largest draft length, ... */
  readonly overStatic?: RatioRange;
  /** ... its quickest static, chosen in hindsight, ... */
  readonly overBestStatic: RatioRange;
  /** ... and its max-confidence of the same length. */
  readonly overMaxConfidence?: RatioRange;
  /** Tokens per target pass. */
  readonly acceptedLength: number;
  readonly acceptanceRate?: number;
  readonly drafted: number;
  /** Speed as a share of the clairvoyant optimum's. */
  readonly ceilingShare?: number;
  readonly overOffByKind: Readonly<Partial<Record<PromptKind, number>>>;
}

export interface StudyCell extends CellKey {
  readonly rows: readonly StudyRow[];
  readonly bestStatic: string;
  /** The quickest policy that is not pace, and pace against it. */
  readonly rival?: { readonly policy: string } & RatioRange;
}

/** Acceptance by the draft's entropy, against the bound 1 - sqrt(gamma H). */
export interface BoundBin {
  readonly draft: StudyDraftName;
  readonly temperature: number;
  /** Nats; the last bin has no end. */
  readonly from: number;
  readonly to?: number;
  readonly places: number;
  readonly acceptance: number;
  /** The mean over the bin's places, as given and not below 0. */
  readonly bound: number;
}

/** The mean of lambda in force in the n-th round, over the generations that had one. */
export interface LambdaCurve {
  readonly policy: string;
  readonly draft: StudyDraftName;
  readonly temperature: number;
  readonly profile: string;
  readonly lambda: readonly number[];
}

/** Real runs: all policies of one prompt, draft, temperature and lap. */
export interface GroupLine {
  readonly type: 'group';
  readonly draft: StudyDraftName;
  readonly measurements: readonly Measurement[];
}

/** A replayed cell. */
export interface CellLine {
  readonly type: 'cell';
  readonly cell: StudyCell;
  readonly lambda: readonly LambdaCurve[];
}

/** What was fitted to the real runs, so that all replays are under the same. */
export interface ProfileLine {
  readonly type: 'profile';
  readonly profile: DeviceProfile;
}

/** What is finished, as a line of study.measurements.jsonl. */
export type StudyLine = GroupLine | ProfileLine | CellLine;

export interface StudyCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly found: string;
}

export interface StudySettings {
  readonly prompts: number;
  readonly maxTokens: number;
  readonly temperatures: readonly number[];
  readonly lengths: readonly number[];
  readonly drafts: readonly StudyDraftName[];
  readonly replayPolicies: readonly string[];
  readonly replaySeeds: number;
  readonly profiles: readonly string[];
  /** Absent without real runs. */
  readonly real?: {
    readonly prompts: number;
    readonly temperatures: readonly number[];
    readonly policies: readonly string[];
    readonly repeat: number;
  };
  readonly threads: number;
  readonly seed: string;
}

export interface ProfileNote {
  readonly name: string;
  readonly title: string;
  readonly simulated: boolean;
}

/** study.json, with the rows of {@link StudyResult.shown} alone; the whole grid stands beside it, one cell a line. */
export interface StudyResult extends Provenance {
  readonly benchmark: 'study';
  readonly settings: StudySettings;
  readonly models: {
    readonly target: ModelName;
    readonly drafts: Readonly<Partial<Record<StudyDraftName, ModelName>>>;
  };
  readonly profiles: readonly ProfileNote[];
  readonly checks: readonly StudyCheck[];
  /** The compared length whose rows are here. */
  readonly shown: number;
  readonly cells: readonly StudyCell[];
  readonly bound: readonly BoundBin[];
  readonly lambda: readonly LambdaCurve[];
}

export interface StudyDraft {
  readonly name: StudyDraftName;
  readonly kind: DraftKind;
  readonly model: ModelName;
  /** The model's folder. */
  readonly directory: string;
}
