/**
 * How far the law of decode's output is from the target's own: for toy models, every way a generation can go is walked
 * through the real decode loop, and the law of the emitted text compared with that of sampling token by token.
 */
import { type ToyModel, autoregressiveLaw, enumerateOutcomes, largestDifference } from '@outrider/testing';
import { decode } from './decode.js';
import { adaedl } from './policies/adaedl.js';
import { draftAndVerify } from './policies/draft-and-verify.js';
import { heuristic } from './policies/heuristic.js';
import { foldRecentAcceptance } from './policies/learned-weights.js';
import { learned } from './policies/learned.js';
import { sampleLearnedWeights } from './policies/learned.fixture.js';
import { maxConfidence } from './policies/max-confidence.js';
import { pace } from './policies/pace/pace.js';
import { off, staticLength } from './policies/static.js';
import { svip } from './policies/svip.js';
import type { DraftPolicy } from './policy.js';
import type { Chooser } from './random.js';
import { type ToyReplicaOptions, toyDrafter, toyScorer } from './toy.fixture.js';
import type { Drafter, Sampling } from './types.js';

/** Largest difference of a probability that is rounding. */
export const EXACT = 1e-12;

export interface Setting {
  readonly draftModel: ToyModel;
  readonly targetModel: ToyModel;
  readonly policy: () => DraftPolicy;
  readonly sampling: Omit<Sampling, 'seed'>;
  /** Where the draft samples otherwise than it was asked to. */
  readonly draftSampling?: Omit<Sampling, 'seed'>;
  readonly draftCandidates: number;
  readonly targetCandidates: number;
  readonly maxTokens: number;
  readonly endTokenIds: readonly number[];
  readonly allows?: NonNullable<ToyReplicaOptions['allows']>;
  /** What a wrong variant changes. */
  readonly draftWith?: (drafter: Drafter) => Drafter;
  readonly chooseWith?: (chooser: Chooser) => Chooser;
  readonly targetHistoryOf?: NonNullable<ToyReplicaOptions['historyOf']>;
}

const PROMPT = [0, 1];

/** The difference, and how many paths it took. */
export async function biasOf(setting: Setting): Promise<{ bias: number; paths: number }> {
  const { draftWith = (drafter) => drafter, chooseWith = (chooser) => chooser, endTokenIds, maxTokens } = setting;
  const sampling = { ...setting.sampling, seed: 0n };
  const draftSampling = { ...(setting.draftSampling ?? sampling), seed: 0n };
  const { law, paths } = await enumerateOutcomes(async (enumerating) => {
    const chooser = chooseWith(enumerating);
    const replica = { chooser, endTokenIds, promptLength: PROMPT.length, allows: setting.allows };
    const text: number[] = [];
    const events = decode({
      prompt: PROMPT,
      policy: setting.policy(),
      drafter: draftWith(
        toyDrafter({
          ...replica,
          model: setting.draftModel,
          sampling: draftSampling,
          candidates: setting.draftCandidates,
        }),
      ),
      scorer: toyScorer({
        ...replica,
        model: setting.targetModel,
        sampling,
        candidates: setting.targetCandidates,
        ...(setting.targetHistoryOf && { historyOf: setting.targetHistoryOf }),
      }),
      chooser,
      endTokenIds,
      maxTokens,
      contextLength: 100,
    });
    for await (const { emitted, draftError } of events) {
      // A failed draft would be survived, and nothing proved about drafting.
      if (draftError !== undefined) throw new Error('the draft was given up', { cause: draftError });
      text.push(...emitted.map((token) => token.id));
    }
    return text.join(',');
  });
  const expected = autoregressiveLaw(setting.targetModel, PROMPT, {
    ...sampling,
    maxTokens,
    endTokenIds,
    ...(setting.allows && { allows: setting.allows }),
  });
  return { bias: largestDifference(law, expected), paths };
}

/** Learns as wildly as the interface allows: what it asks for next hangs on all that a policy may see. */
export function moody(): DraftPolicy {
  let mood = 3;
  return {
    name: 'moody',
    nextLimits: () => ({
      maxTokens: mood,
      minTokens: mood % 2,
      maxEntropy: 0.4 + 0.15 * mood,
      minTopProbability: 0,
      proposeStopped: false,
    }),
    observe: ({ accepted, drafted, stopReason }) => {
      mood = (mood + 2 * drafted + 3 * accepted + (stopReason === 'entropy' ? 1 : 0)) % 5;
    },
  };
}

/** Every limit at once, on the survival before a pass and to propose too; what it asks for hangs on what was accepted. */
export function surviving(): DraftPolicy {
  let accepted = 0;
  let rounds = 0;
  return {
    name: 'surviving',
    nextLimits: () => ({
      maxTokens: 4,
      minTokens: rounds > 1 ? accepted % 2 : 0,
      maxEntropy: 1.3,
      minTopProbability: 0.3,
      proposeStopped: accepted === 2,
      minTokenProbability: 0.2 + 0.1 * accepted,
      survival: {
        predictors: { neural: foldRecentAcceptance(sampleLearnedWeights.neural, accepted / 4) },
        beforePass: [rounds === 1 ? 1.1 : 1, 0.9, 0.6],
        toPropose: [0.65, 0.35],
      },
    }),
    observe: (outcome) => {
      accepted = outcome.accepted;
      rounds++;
    },
  };
}

export const POLICIES: readonly (() => DraftPolicy)[] = [
  off,
  () => staticLength(1),
  () => staticLength(2),
  () => staticLength(3),
  () => staticLength(4),
  () => adaedl({ lambdaInitial: 0.55 }),
  () => adaedl({ lambdaInitial: 0.55, proposeStopped: false }),
  () => adaedl({ lambdaInitial: 0.6, epsilon: 1, beta2: 0.5 }),
  () => adaedl({ lambdaInitial: 0.7, maxDraftTokens: 3 }),
  () => maxConfidence({ epsilon: 1, beta2: 0.5 }),
  () => maxConfidence({ lambdaInitial: 0.6, maxDraftTokens: 3, proposeStopped: false }),
  () => svip({ maxDraftTokens: 3 }),
  () => draftAndVerify({ maxDraftTokens: 4 }, 1),
  () => draftAndVerify({ thresholdInitial: 0.4, maxDraftTokens: 3, epsilon: 1, beta2: 0.5 }),
  () => heuristic({ initialDraftTokens: 2, maxDraftTokens: 4 }),
  () => learned(sampleLearnedWeights, { stopThreshold: 0.6, maxDraftTokens: 4 }),
  () => pace({ maxDraftTokens: 3 }),
  surviving,
  moody,
];
