/**
 * The path that production takes, random numbers included: samples of it must not be told from the target's law
 * by a chi-square test at alpha 0.001, and the same test must tell a biased acceptance.
 */
import { autoregressiveLaw, chiSquareTest, chiSquareTwoSampleTest, countKeys, toyModel } from '@outrider/testing';
import { describe, expect, it } from 'vitest';
import { decode } from './decode.js';
import { adaedl } from './policies/adaedl.js';
import { off, staticLength } from './policies/static.js';
import type { DraftPolicy } from './policy.js';
import { type Chooser, seededChooser } from './random.js';
import { toyDrafter, toyScorer } from './toy.fixture.js';

const ALPHA = 0.001;
const SAMPLES = 8000;
const PROMPT = [2, 0];
const OPTIONS = { temperature: 1.1, topK: 0, topP: 1, maxTokens: 4, endTokenIds: [3] };
const DRAFT_MODEL = toyModel(7, 4);
const TARGET_MODEL = toyModel(8, 4);

async function sampleTexts(
  policy: () => DraftPolicy,
  firstSeed: number,
  chooseWith: (chooser: Chooser) => Chooser = (chooser) => chooser,
): Promise<Map<string, number>> {
  const texts: string[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const seed = BigInt(firstSeed + i);
    const chooser = chooseWith(seededChooser(seed));
    const replica = { sampling: { ...OPTIONS, seed }, chooser, endTokenIds: OPTIONS.endTokenIds };
    const rounds = decode({
      ...OPTIONS,
      prompt: PROMPT,
      policy: policy(),
      drafter: toyDrafter({ ...replica, model: DRAFT_MODEL, candidates: 3 }),
      scorer: toyScorer({ ...replica, model: TARGET_MODEL, candidates: 2 }),
      chooser,
      contextLength: 100,
    });
    const ids: number[] = [];
    for await (const { emitted } of rounds) ids.push(...emitted.map((token) => token.id));
    texts.push(ids.join());
  }
  return countKeys(texts);
}

/** Accepts a fifth more often than it should. */
const lenient = (chooser: Chooser): Chooser => ({
  choose(purpose, position, index, weights) {
    const accept = Math.min(1, 1.2 * (weights[0] as number));
    return chooser.choose(purpose, position, index, purpose === 'accept' ? [accept, 1 - accept] : weights);
  },
});

describe(`seeded texts (chi-square, alpha ${ALPHA}, ${SAMPLES} samples)`, () => {
  const law = autoregressiveLaw(TARGET_MODEL, PROMPT, OPTIONS);

  it.each([
    ['off', off],
    ['static:3', () => staticLength(3)],
    ['adaedl', () => adaedl({ lambdaInitial: 0.6 })],
  ])("follow the target's law under %s", async (_name, policy) => {
    const result = chiSquareTest(await sampleTexts(policy, 1), law);
    expect(result.degreesOfFreedom).toBeGreaterThan(50);
    expect(result.pValue).toBeGreaterThan(ALPHA);
  });

  it('of two policies are not told apart', async () => {
    const result = chiSquareTwoSampleTest(await sampleTexts(off, 1), await sampleTexts(() => adaedl(), 1_000_000));
    expect(result.pValue).toBeGreaterThan(ALPHA);
  });

  it('betray an acceptance that is a fifth too lenient', async () => {
    const biased = await sampleTexts(() => staticLength(3), 1, lenient);
    expect(chiSquareTest(biased, law).pValue).toBeLessThan(ALPHA);
  });
});

describe('one seed', () => {
  it('gives one text, and another seed another', async () => {
    const text = async (seed: bigint) => {
      const chooser = seededChooser(seed);
      const replica = { sampling: { ...OPTIONS, seed }, chooser, endTokenIds: [] };
      const ids: number[] = [];
      const rounds = decode({
        prompt: PROMPT,
        policy: staticLength(3),
        drafter: toyDrafter({ ...replica, model: DRAFT_MODEL, candidates: 4 }),
        scorer: toyScorer({ ...replica, model: TARGET_MODEL, candidates: 4 }),
        chooser,
        endTokenIds: [],
        maxTokens: 40,
        contextLength: 100,
      });
      for await (const { emitted } of rounds) ids.push(...emitted.map((token) => token.id));
      return ids.join();
    };
    expect(await text(17n)).toBe(await text(17n));
    expect(await text(17n)).not.toBe(await text(18n));
  });
});
