/**
 * The law of the output with everything that shapes it active: min-p, top-k, top-p, penalties that depend on drafted
 * tokens, biases and bans. As in output-law.unit.test.ts, by walking every way a generation can go.
 */
import { toyModel } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXACT, POLICIES, type Setting, biasOf } from './output-law.fixture.js';
import { off, staticLength } from './policies/static.js';
import type { LogitAdjustments, Sampling, TokenBias } from './types.js';

/** Random combinations of features, policies, models and truncations. */
const COMBINATIONS = 600;

/** Enough tokens for several rounds, few enough for hundreds of enumerations. */
const LONGEST = new Map([
  [2, 6],
  [3, 4],
  [4, 4],
]);

/** Absent, or one of these; eighths, so that a sum is the same in whatever order it is added up. */
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 2 });
const eighths = (min: number, max: number) => fc.integer({ min: min * 8, max: max * 8 }).map((steps) => steps / 8);

/** Biases, some of tokens named twice; bans leave a token over. */
const biasOver = (vocabularySize: number): fc.Arbitrary<TokenBias[]> =>
  fc
    .tuple(
      fc.array(
        fc.record({
          id: fc.nat(vocabularySize - 1),
          bias: fc.oneof({ arbitrary: eighths(-3, 3), weight: 9 }, fc.constant(100)),
        }),
        {
          maxLength: 3,
        },
      ),
      fc.oneof(fc.constant([]), fc.subarray([...Array(vocabularySize).keys()], { maxLength: vocabularySize - 1 })),
    )
    .map(([biases, banned]) => [...biases, ...banned.map((id) => ({ id, bias: -Infinity }))]);

const adjustmentsOver = (vocabularySize: number): fc.Arbitrary<LogitAdjustments> =>
  fc
    .record({
      repetitionPenalty: maybe(fc.constantFrom(0.5, 1.25, 2, 4)),
      frequencyPenalty: maybe(eighths(-2, 2)),
      presencePenalty: maybe(eighths(-2, 2)),
      bias: maybe(biasOver(vocabularySize)),
    })
    .map(withoutAbsent);

const samplingOver = (vocabularySize: number): fc.Arbitrary<Omit<Sampling, 'seed'>> =>
  fc
    .record({
      temperature: fc.constantFrom(0, 0.7, 0.7, 1, 1, 2, 2),
      topK: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.integer({ min: 1, max: vocabularySize })),
      topP: fc.oneof({ arbitrary: fc.constant(1), weight: 2 }, fc.double({ min: 0.5, max: 0.97, noNaN: true })),
      minP: maybe(fc.double({ min: 0.02, max: 0.6, noNaN: true })),
      adjustments: fc.oneof({ arbitrary: adjustmentsOver(vocabularySize), weight: 4 }, fc.constant(undefined)),
    })
    .map(withoutAbsent);

const combination = fc.constantFrom(2, 3, 4).chain((vocabularySize) =>
  fc.record({
    vocabularySize: fc.constant(vocabularySize),
    models: fc.tuple(fc.nat(1e6), fc.nat(1e6)),
    sampling: samplingOver(vocabularySize),
    /** What the draft makes of it: all, the plain law, or something of its own. */
    draft: fc.oneof(fc.constant('same' as const), fc.constant('plain' as const), samplingOver(vocabularySize)),
    policy: fc.constantFrom(...POLICIES),
    draftCandidates: fc.integer({ min: 1, max: vocabularySize }),
    targetCandidates: fc.integer({ min: 0, max: vocabularySize }),
    maxTokens: fc.integer({ min: 3, max: LONGEST.get(vocabularySize) as number }),
    ends: fc.boolean(),
  }),
);

type Combination = typeof combination extends fc.Arbitrary<infer Value> ? Value : never;

function settingOf({ vocabularySize, models, draft, ends, ...rest }: Combination): Setting {
  const plain = { temperature: rest.sampling.temperature, topK: 0, topP: 1 };
  const draftSampling = draft === 'same' ? rest.sampling : draft === 'plain' ? plain : draft;
  const [draftSeed, targetSeed] = models;
  return {
    ...rest,
    draftSampling,
    draftModel: toyModel(draftSeed, vocabularySize),
    targetModel: toyModel(targetSeed, vocabularySize),
    endTokenIds: ends ? [vocabularySize - 1] : [],
  };
}

/** A record whose optional properties are absent rather than undefined. */
function withoutAbsent<T extends object>(record: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

describe('output law with every feature', () => {
  it(`is the target's own in ${COMBINATIONS} combinations of features, policies and drafts`, async () => {
    const seen = { minP: 0, topK: 0, topP: 0, repetition: 0, frequency: 0, presence: 0, bias: 0, ban: 0, greedy: 0 };
    let branching = 0;
    await fc.assert(
      fc.asyncProperty(combination, async (combined) => {
        const outcome = await biasOf(settingOf(combined));
        expect(outcome.bias).toBeLessThan(EXACT);
        branching += Number(outcome.paths >= 16);
        const { adjustments = {}, minP, temperature, topK, topP } = combined.sampling;
        const biases = adjustments.bias ?? [];
        seen.minP += Number(minP !== undefined);
        seen.topK += Number(topK > 0);
        seen.topP += Number(topP < 1);
        seen.repetition += Number(adjustments.repetitionPenalty !== undefined);
        seen.frequency += Number(adjustments.frequencyPenalty !== undefined);
        seen.presence += Number(adjustments.presencePenalty !== undefined);
        seen.bias += Number(biases.some(({ bias }) => bias > -Infinity));
        seen.ban += Number(biases.some(({ bias }) => bias === -Infinity));
        seen.greedy += Number(temperature === 0);
      }),
      { numRuns: COMBINATIONS, seed: 20261124 },
    );
    // Each feature was active many times, and in many combinations the walk was long.
    for (const [feature, count] of Object.entries(seen)) expect(count, feature).toBeGreaterThan(COMBINATIONS / 12);
    expect(branching).toBeGreaterThan(200);
  });
});

describe('penalties hang on drafted tokens', () => {
  const penalties: LogitAdjustments[] = [
    { repetitionPenalty: 1.5 },
    { frequencyPenalty: 0.5 },
    { presencePenalty: 0.5 },
  ];
  const setting: Omit<Setting, 'sampling'> = {
    draftModel: toyModel(31, 3),
    targetModel: toyModel(32, 3),
    policy: () => staticLength(3),
    draftCandidates: 3,
    targetCandidates: 3,
    maxTokens: 4,
    endTokenIds: [],
  };

  it.each(penalties)('%o: a target that looks at committed text alone is told apart', async (adjustments) => {
    const sampling = { temperature: 1, topK: 0, topP: 1, adjustments };
    expect((await biasOf({ ...setting, sampling })).bias).toBeLessThan(EXACT);
    const committedOnly = { targetHistoryOf: (tokens: readonly number[], held: number) => tokens.slice(0, held) };
    expect((await biasOf({ ...setting, ...committedOnly, sampling })).bias).toBeGreaterThan(0.001);
    // Without a draft, committed text is all there is.
    const alone = { ...setting, policy: () => staticLength(1), maxTokens: 1 };
    expect((await biasOf({ ...alone, ...committedOnly, sampling })).bias).toBeLessThan(EXACT);
  });

  it('greedy text changes with a target that looks at committed text alone', async () => {
    const sampling = { temperature: 0, topK: 0, topP: 1, adjustments: { frequencyPenalty: 2 } };
    const committedOnly = { targetHistoryOf: (tokens: readonly number[], held: number) => tokens.slice(0, held) };
    const alike = { ...setting, draftModel: setting.targetModel, maxTokens: 12, sampling };
    expect((await biasOf(alike)).bias).toBe(0);
    expect((await biasOf({ ...alike, ...committedOnly })).bias).toBe(1);
  });
});

describe('a constraint hangs on drafted tokens', () => {
  /** Which tokens may follow depends on every token before; one always may. */
  const allows = (text: readonly number[], id: number): boolean => {
    const sum = text.reduce((total, token, place) => total + (token + 1) * (place + 1), 0);
    return id === sum % 3 || (sum + 2 * id) % 4 === 0;
  };
  const setting = {
    draftModel: toyModel(41, 3),
    targetModel: toyModel(42, 3),
    draftCandidates: 3,
    targetCandidates: 2,
    maxTokens: 5,
    endTokenIds: [],
    allows,
  };
  const SAMPLINGS: readonly Omit<Sampling, 'seed'>[] = [
    { temperature: 0, topK: 0, topP: 1 },
    { temperature: 1, topK: 0, topP: 1 },
    { temperature: 2, topK: 2, topP: 0.9, minP: 0.1, adjustments: { repetitionPenalty: 1.5, frequencyPenalty: 0.5 } },
  ];

  it.each(SAMPLINGS)('the law is the target’s own under %o and every policy', async (sampling) => {
    let paths = 0;
    for (const policy of POLICIES) {
      const outcome = await biasOf({ ...setting, policy, sampling });
      expect(outcome.bias).toBeLessThan(EXACT);
      paths += outcome.paths;
    }
    expect(paths).toBeGreaterThanOrEqual(POLICIES.length);
  });

  it('a target that masks by committed text alone is told apart', async () => {
    const sampling = { temperature: 1, topK: 0, topP: 1 };
    const committedOnly = { targetHistoryOf: (tokens: readonly number[], held: number) => tokens.slice(0, held) };
    const policy = () => staticLength(3);
    expect((await biasOf({ ...setting, ...committedOnly, policy, sampling })).bias).toBeGreaterThan(0.001);
  });
});

describe('bans', () => {
  it('of every token are refused, with a draft and without', async () => {
    const model = toyModel(5, 3);
    const bias = [0, 1, 2].map((id) => ({ id, bias: -Infinity }));
    const sampling = { temperature: 1, topK: 0, topP: 1, adjustments: { bias } };
    const models = { draftModel: model, targetModel: model, draftCandidates: 3, targetCandidates: 3 };
    for (const policy of [off, () => staticLength(2)]) {
      const refused = biasOf({ ...models, policy, sampling, maxTokens: 3, endTokenIds: [] });
      await expect(refused).rejects.toMatchObject({ code: 'impasse', field: 'sampling.logit_bias' });
    }
  });
});
