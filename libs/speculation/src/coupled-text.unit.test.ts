/**
 * Coupled acceptance through the decode loop: one seed is one text, whatever the policy and the draft, and the texts
 * follow the target's law.
 */
import { type ToyModel, autoregressiveLaw, chiSquareTest, countKeys, toyModel } from '@outrider/testing';
import { describe, expect, it } from 'vitest';
import { decode } from './decode.js';
import { adaedl } from './policies/adaedl.js';
import { parsePolicy, createPolicy } from './policy-spec.js';
import { sampleLearnedWeights } from './policies/learned.fixture.js';
import { off, staticLength } from './policies/static.js';
import type { DraftPolicy } from './policy.js';
import { keyedRandom, seededChooser } from './random.js';
import { toyDrafter, toyScorer } from './toy.fixture.js';
import type { LogitAdjustments, Sampling, TokenId } from './types.js';

const ALPHA = 1e-4;
const SEEDS = 120;
const VOCABULARY = 8;
const END = 7;

const TARGET_MODEL = toyModel(8, VOCABULARY);

/** The target's logits with some noise: a draft that is often right. */
function similarModel(seed: number, noise: number): ToyModel {
  const other = toyModel(seed, VOCABULARY, noise);
  const logits = (context: readonly number[]) =>
    TARGET_MODEL.logits(context).map((logit, id) => Math.fround(logit + (other.logits(context)[id] as number)));
  return { vocabularySize: VOCABULARY, logits };
}

const SIMILAR = similarModel(3, 0.7);

interface Run {
  readonly seed: number;
  /** Absent, one that the seed makes up. */
  readonly prompt?: readonly TokenId[];
  readonly policy: DraftPolicy;
  readonly sampling: Omit<Sampling, 'seed'>;
  /** Absent, there is no draft. */
  readonly draftModel?: ToyModel;
  /** What the draft samples by, where it is not what it was asked to. */
  readonly draftSampling?: Omit<Sampling, 'seed'>;
  readonly draftCandidates?: number;
  /** Where the draft draws with the random numbers of another seed. */
  readonly draftSeed?: number;
  readonly targetCandidates?: number;
  readonly acceptance?: 'coupled' | 'rejection';
  readonly maxTokens?: number;
  readonly endTokenIds?: readonly TokenId[];
}

interface Outcome {
  readonly text: string;
  readonly drafted: number;
  readonly accepted: number;
  readonly rounds: number;
}

async function generate(run: Run): Promise<Outcome> {
  const { draftModel, policy, maxTokens = 14, endTokenIds = [END], acceptance = 'coupled' } = run;
  const seed = BigInt(run.seed);
  const prompt = run.prompt ?? [run.seed % VOCABULARY, Math.floor(run.seed / VOCABULARY) % VOCABULARY, 5];
  const chooser = seededChooser(seed);
  const coupled = acceptance === 'coupled' ? keyedRandom(seed) : undefined;
  const draftKey = coupled && (run.draftSeed === undefined ? coupled : keyedRandom(BigInt(run.draftSeed)));
  const replica = { chooser, coupled, endTokenIds, promptLength: prompt.length };
  const sampling = { ...run.sampling, seed };
  const draftSampling = { ...(run.draftSampling ?? run.sampling), seed };
  const draftCandidates = run.draftCandidates ?? VOCABULARY;
  const targetCandidates = run.targetCandidates ?? VOCABULARY;
  const rounds = decode({
    prompt,
    policy,
    drafter:
      draftModel &&
      toyDrafter({
        ...replica,
        coupled: draftKey,
        model: draftModel,
        sampling: draftSampling,
        candidates: draftCandidates,
      }),
    scorer: toyScorer({ ...replica, model: TARGET_MODEL, sampling, candidates: targetCandidates }),
    chooser,
    coupled,
    endTokenIds,
    maxTokens,
    contextLength: 100,
  });
  const outcome = { drafted: 0, accepted: 0, rounds: 0 };
  const ids: TokenId[] = [];
  for await (const event of rounds) {
    if (event.draftError !== undefined) throw new Error('the draft was given up', { cause: event.draftError });
    outcome.drafted += event.drafted;
    outcome.accepted += event.accepted;
    outcome.rounds++;
    ids.push(...event.emitted.map(({ id }) => id));
  }
  return { ...outcome, text: ids.join() };
}

const seeds = Array.from({ length: SEEDS }, (_, i) => 1000 + i);

const POLICIES: readonly (() => DraftPolicy)[] = [
  off,
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((length) => () => staticLength(length)),
  () => adaedl({ lambdaInitial: 0.5 }),
  () => adaedl({ lambdaInitial: 0.5, proposeStopped: false }),
  ...['max-confidence', 'max-confidence:discard', 'svip', 'draft-and-verify', 'heuristic@6', 'learned', 'pace'].map(
    (name) => () => createPolicy(parsePolicy(name), { learned: sampleLearnedWeights, temperature: 1 }),
  ),
];

const PLAIN = { temperature: 1, topK: 0, topP: 1 };

const PENALTIES: LogitAdjustments = {
  repetitionPenalty: 1.3,
  frequencyPenalty: 0.4,
  presencePenalty: 0.3,
  bias: [
    { id: 1, bias: 0.5 },
    { id: 4, bias: -Infinity },
  ],
};

const SAMPLINGS: readonly { name: string; sampling: Omit<Sampling, 'seed'> }[] = [
  { name: 'temperature 1', sampling: PLAIN },
  { name: 'temperature 0', sampling: { ...PLAIN, temperature: 0 } },
  { name: 'top-k, top-p and min-p', sampling: { temperature: 1.4, topK: 6, topP: 0.95, minP: 0.05 } },
  { name: 'penalties, bias and ban', sampling: { ...PLAIN, adjustments: PENALTIES } },
  { name: 'greedy penalties', sampling: { ...PLAIN, temperature: 0, adjustments: PENALTIES } },
  {
    name: 'everything',
    sampling: { temperature: 1.2, topK: 6, topP: 0.97, minP: 0.03, adjustments: PENALTIES },
  },
];

describe(`a seed gives one text (${SEEDS} seeds)`, () => {
  it.each(SAMPLINGS)('under every policy, with every draft and without: $name', async ({ sampling }) => {
    const drafts: readonly Pick<Run, 'draftModel' | 'draftCandidates' | 'draftSampling' | 'draftSeed'>[] = [
      { draftModel: SIMILAR },
      { draftModel: toyModel(99, VOCABULARY), draftCandidates: 3 },
      // Drafts that leave out what they were asked to do, or draw with numbers of their own; and one that is the target.
      { draftModel: similarModel(4, 0.3), draftSampling: PLAIN, draftCandidates: 5 },
      { draftModel: SIMILAR, draftSeed: 7 },
      { draftModel: TARGET_MODEL },
    ];
    const texts = new Set<string>();
    const rounds = new Set<number>();
    for (const targetCandidates of [1, 3, VOCABULARY]) {
      for (const seed of seeds) {
        const { text } = await generate({ seed, sampling, targetCandidates, policy: off() });
        texts.add(text);
        for (const policy of POLICIES) {
          // A draft for each combination of seed and policy, in turn.
          const draft = drafts[(seed + POLICIES.indexOf(policy)) % drafts.length];
          const outcome = await generate({ seed, sampling, targetCandidates, policy: policy(), ...draft });
          expect(outcome.text, `${policy().name}, seed ${seed}`).toBe(text);
          rounds.add(outcome.rounds);
        }
        const lost = await generate({ seed, sampling, targetCandidates, policy: staticLength(3) });
        expect(lost.text, `no draft, seed ${seed}`).toBe(text);
      }
    }
    // Texts were reached on different ways, and are not all the same.
    expect(rounds.size).toBeGreaterThan(5);
    expect(texts.size).toBeGreaterThan(SEEDS / 4);
  });

  it('which rejection does not give', async () => {
    let different = 0;
    for (const seed of seeds) {
      const how = { seed, sampling: PLAIN, acceptance: 'rejection' as const, draftModel: SIMILAR };
      const alone = await generate({ ...how, policy: off() });
      const drafted = await generate({ ...how, policy: staticLength(4) });
      if (alone.text !== drafted.text) different++;
    }
    expect(different).toBeGreaterThan(SEEDS / 2);
  });
});

describe('coupled acceptance', () => {
  const ratio = async (run: Omit<Run, 'seed' | 'policy'>) => {
    const sums = { drafted: 0, accepted: 0 };
    for (const seed of seeds) {
      const { drafted, accepted } = await generate({ ...run, seed, policy: staticLength(1), endTokenIds: [] });
      sums.drafted += drafted;
      sums.accepted += accepted;
    }
    return sums.accepted / sums.drafted;
  };

  it.each(SAMPLINGS)('accepts everything of a draft that is the target: $name', async ({ sampling }) => {
    expect(await ratio({ sampling, draftModel: TARGET_MODEL })).toBe(1);
  });

  it('accepts far more than chance of a similar draft, and nearly what rejection does', async () => {
    // Two draws without common random numbers.
    const chance = await ratio({ sampling: PLAIN, draftModel: SIMILAR, draftSeed: 7 });
    const coupled = await ratio({ sampling: PLAIN, draftModel: SIMILAR });
    const rejection = await ratio({ sampling: PLAIN, draftModel: SIMILAR, acceptance: 'rejection' });
    expect(coupled).toBeGreaterThan(2 * chance);
    expect(coupled).toBeGreaterThan(0.7);
    expect(coupled).toBeLessThan(rejection);
  });

  it('accepts more when the draft applies the penalties too', async () => {
    const sampling = { ...PLAIN, adjustments: PENALTIES };
    const applied = await ratio({ sampling, draftModel: SIMILAR });
    const plain = await ratio({ sampling, draftModel: SIMILAR, draftSampling: PLAIN });
    expect(applied).toBeGreaterThan(plain + 0.05);
  });
});

describe(`coupled texts of many seeds (chi-square, alpha ${ALPHA}, 8000 samples)`, () => {
  const prompt = [2, 0, 5];
  const short = { maxTokens: 3, endTokenIds: [END] };

  it.each(SAMPLINGS.filter(({ sampling }) => sampling.temperature > 0))(
    "follow the target's law: $name",
    async ({ sampling }) => {
      const law = autoregressiveLaw(TARGET_MODEL, prompt, { ...sampling, ...short });
      for (const targetCandidates of [2, VOCABULARY]) {
        const run = { ...short, prompt, sampling, targetCandidates, draftModel: SIMILAR };
        const texts: string[] = [];
        for (let seed = 0; seed < 8000; seed++) {
          texts.push((await generate({ ...run, seed, policy: staticLength(2) })).text);
        }
        const result = chiSquareTest(countKeys(texts), law);
        expect(result.degreesOfFreedom).toBeGreaterThan(50);
        expect(result.pValue).toBeGreaterThan(ALPHA);
      }
    },
  );
});
