/**
 * The proof that speculation does not change the output: for toy models, every way a generation can go is walked
 * through the real decode loop, and the law of the emitted text is compared with the target's own.
 */
import { constantModel, toyModel } from '@outrider/testing';
import { describe, expect, it } from 'vitest';
import { EXACT, POLICIES, type Setting, biasOf, moody } from './output-law.fixture.js';
import { adaedl } from './policies/adaedl.js';
import { draftAndVerify } from './policies/draft-and-verify.js';
import { staticLength } from './policies/static.js';
import type { Chooser } from './random.js';
import type { Drafter } from './types.js';

const UNTRUNCATED = { topK: 0, topP: 1 };

describe.each([
  // Enough tokens for several rounds, few enough for a test.
  { vocabularySize: 2, maxTokens: 7 },
  { vocabularySize: 3, maxTokens: 5 },
  { vocabularySize: 4, maxTokens: 4 },
  { vocabularySize: 5, maxTokens: 3 },
])('output law, $vocabularySize tokens', ({ vocabularySize, maxTokens }) => {
  const draftModel = toyModel(10 + vocabularySize, vocabularySize);
  const targetModel = toyModel(20 + vocabularySize, vocabularySize);
  const setting = { draftModel, targetModel, maxTokens, endTokenIds: [vocabularySize - 1] };
  const full = { draftCandidates: vocabularySize, targetCandidates: vocabularySize };

  it.each([0, 0.5, 1, 2])("is the target's own under every policy at temperature %d", async (temperature) => {
    for (const policy of POLICIES) {
      const { bias } = await biasOf({ ...setting, ...full, policy, sampling: { temperature, ...UNTRUNCATED } });
      expect(bias, policy().name).toBeLessThan(EXACT);
    }
  });

  it("is the target's own however both sides truncate", async () => {
    const samplings = [
      { temperature: 0, ...UNTRUNCATED },
      { temperature: 0.7, ...UNTRUNCATED },
      { temperature: 1.5, ...UNTRUNCATED },
      { temperature: 1, topK: 2, topP: 1 },
      { temperature: 1, topK: 0, topP: 0.7 },
      { temperature: 1.3, topK: 3, topP: 0.8 },
    ];
    const short = { ...setting, maxTokens: Math.min(maxTokens, 4) - (vocabularySize > 3 ? 1 : 0) };
    for (const sampling of samplings) {
      for (let draftCandidates = 1; draftCandidates <= vocabularySize; draftCandidates++) {
        for (let targetCandidates = 0; targetCandidates <= vocabularySize; targetCandidates++) {
          for (const policy of [() => staticLength(2), moody]) {
            const { bias } = await biasOf({ ...short, draftCandidates, targetCandidates, policy, sampling });
            const name = `${policy().name} ${draftCandidates} ${targetCandidates} ${JSON.stringify(sampling)}`;
            expect(bias, name).toBeLessThan(EXACT);
          }
        }
      }
    }
  });
});

describe('the proof', () => {
  const setting: Setting = {
    draftModel: toyModel(1, 3),
    targetModel: toyModel(2, 3),
    policy: () => staticLength(2),
    sampling: { temperature: 1, ...UNTRUNCATED },
    draftCandidates: 3,
    targetCandidates: 1,
    maxTokens: 4,
    endTokenIds: [],
  };

  const notingIn =
    (seen: Set<string>) =>
    (drafter: Drafter): Drafter => ({
      async propose(at, limits) {
        const block = await drafter.propose(at, limits);
        const passes = block.stoppingEntropy === undefined ? '' : ' and a pass';
        seen.add(`${block.stopReason} after ${block.tokens.length}${passes}`);
        return block;
      },
    });

  it('walks accepted, recovered, bonus and tail tokens, and drafts stopped by entropy', async () => {
    const seen = new Set<string>();
    const spying = (chooser: Chooser): Chooser => ({
      choose(purpose, position, index, weights) {
        seen.add(purpose);
        return chooser.choose(purpose, position, index, weights);
      },
    });
    const policy = () => adaedl({ lambdaInitial: 0.55, proposeStopped: false });
    const { bias, paths } = await biasOf({ ...setting, policy, chooseWith: spying, draftWith: notingIn(seen) });
    expect(bias).toBeLessThan(EXACT);
    expect(paths).toBeGreaterThan(500);
    for (const what of ['draft', 'accept', 'residual', 'bonus', 'tail']) expect(seen).toContain(what);
    for (const end of ['entropy after 1', 'entropy after 2 and a pass', 'max_tokens after 3']) {
      expect(seen).toContain(end);
    }
  });

  /** Drops a sampled token, and what follows it, because it looked unlikely: a stop after sampling. */
  const stopAfterSampling =
    (unwanted: (probability: number, id: number) => boolean) =>
    (drafter: Drafter): Drafter => ({
      async propose(at, limits) {
        const block = await drafter.propose(at, limits);
        const kept = block.tokens.findIndex(({ candidates, id }) =>
          unwanted(candidates.probabilities[candidates.ids.indexOf(id)] as number, id),
        );
        if (kept < 0) return block;
        const kvLength = Math.min(block.kvLength, at.keepLength + at.tokens.length + kept);
        return { ...block, tokens: block.tokens.slice(0, kept), kvLength, stopReason: 'top_probability' };
      },
    });

  it('reports a stop after sampling', async () => {
    const draftWith = stopAfterSampling((probability) => probability < 0.4);
    expect((await biasOf({ ...setting, draftWith })).bias).toBeGreaterThan(0.01);
  });

  it('finds P(a) = 1/4 where p = q = (1/2, 1/2) and a sampled a is dropped', async () => {
    const even = constantModel([0, 0]);
    const draftWith = stopAfterSampling((_probability, id) => id === 0);
    const { bias } = await biasOf({ ...setting, draftModel: even, targetModel: even, maxTokens: 2, draftWith });
    // Of two tokens the first is drafted, the second drawn from p: P(aa) is 1/4 * 1/2 instead of 1/4.
    expect(bias).toBeCloseTo(1 / 8, 12);
  });

  it('reports draft-and-verify that drops the token it stops at, which kept leaves the law alone', async () => {
    const policy = () => draftAndVerify({}, 1);
    expect((await biasOf({ ...setting, policy })).bias).toBeLessThan(EXACT);
    const draftWith = (drafter: Drafter): Drafter => ({
      async propose(at, limits) {
        const block = await drafter.propose(at, limits);
        return block.stopReason === 'token_probability' ? { ...block, tokens: block.tokens.slice(0, -1) } : block;
      },
    });
    expect((await biasOf({ ...setting, policy, draftWith })).bias).toBeGreaterThan(0.01);
  });

  it('walks drafts ended by each limit of the rivals', async () => {
    const seen = new Set<string>();
    for (const policy of POLICIES) await biasOf({ ...setting, policy, draftWith: notingIn(seen) });
    for (const end of ['survival after 0', 'survival after 2', 'survival after 3', 'survival after 0 and a pass']) {
      expect([...seen]).toContain(end);
    }
    for (const end of ['top_probability after 1', 'token_probability after 1', 'token_probability after 2']) {
      expect([...seen]).toContain(end);
    }
  });

  it('reports a draft that does not sample from the candidates it sends', async () => {
    const draftWith = (drafter: Drafter): Drafter => ({
      async propose(at, limits) {
        const block = await drafter.propose(at, limits);
        const flat = [1 / 3, 1 / 3, 1 / 3];
        const tokens = block.tokens.map((token) => ({
          ...token,
          candidates: { ...token.candidates, probabilities: flat },
        }));
        return { ...block, tokens };
      },
    });
    expect((await biasOf({ ...setting, draftWith })).bias).toBeGreaterThan(0.01);
  });

  const replacing =
    (purpose: string, weightsFor: (weights: number[]) => number[]) =>
    (chooser: Chooser): Chooser => ({
      choose: (asked, position, index, weights) =>
        chooser.choose(asked, position, index, asked === purpose ? weightsFor(Array.from(weights)) : weights),
    });

  it('reports an acceptance that is a tenth too lenient', async () => {
    const lenient = ([accept = 0]: number[]) => [Math.min(1, 1.1 * accept), 1 - Math.min(1, 1.1 * accept)];
    expect((await biasOf({ ...setting, chooseWith: replacing('accept', lenient) })).bias).toBeGreaterThan(0.001);
  });

  it('reports a recovered token that ignores the residual weights', async () => {
    const flat = (weights: number[]) => weights.map((weight) => (weight > 1e-12 ? 1 : 0));
    expect((await biasOf({ ...setting, chooseWith: replacing('residual', flat) })).bias).toBeGreaterThan(0.001);
  });

  it('reports a draft that uses one random number for a position in every round', async () => {
    const reusing = (chooser: Chooser): Chooser => ({
      choose: (purpose, position, _index, weights) => chooser.choose(purpose, position, 0, weights),
    });
    const learning = { ...setting, policy: moody, maxTokens: 5 };
    expect((await biasOf(learning)).bias).toBeLessThan(EXACT);
    expect((await biasOf({ ...learning, chooseWith: reusing })).bias).toBeGreaterThan(1e-6);
  });
});
