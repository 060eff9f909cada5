/** Bans and a constraint may leave no token at a position; that is an error exactly where the target alone meets it. */
import { enumerateOutcomes, largestDifference, toyModel } from '@outrider/testing';
import { describe, expect, it } from 'vitest';
import { accept } from './acceptance.js';
import { decode } from './decode.js';
import { SpeculationError } from './error.js';
import { adaedl } from './policies/adaedl.js';
import { off, staticLength } from './policies/static.js';
import type { DraftPolicy } from './policy.js';
import { type Chooser, keyedRandom, seededChooser } from './random.js';
import { checkScores } from './score-check.js';
import { toyDrafter, toyScorer } from './toy.fixture.js';
import type { DraftedToken, TargetDistribution, TokenId } from './types.js';

const VOCABULARY = 4;
const target = toyModel(11, VOCABULARY);
const draft = toyModel(12, VOCABULARY);
/** Behind a 1 only a 3 may come, which is banned. */
const allows = (text: readonly TokenId[], id: TokenId): boolean => text.at(-1) !== 1 || id === 3;
const adjustments = { bias: [{ id: 3, bias: -Infinity }] };

/** The emitted text, and a mark where it met the impasse. */
async function outcome(policy: DraftPolicy, temperature: number, chooser: Chooser, seed?: bigint): Promise<string> {
  const sampling = { temperature, topK: 0, topP: 1, adjustments, seed: seed ?? 0n };
  const coupled = seed === undefined ? undefined : keyedRandom(seed);
  const replica = { sampling, chooser, coupled, promptLength: 1, candidates: VOCABULARY, endTokenIds: [], allows };
  const rounds = decode({
    prompt: [0],
    policy,
    drafter: toyDrafter({ ...replica, model: draft }),
    scorer: toyScorer({ ...replica, model: target }),
    chooser,
    coupled,
    endTokenIds: [],
    maxTokens: 4,
    contextLength: 50,
  });
  const ids: TokenId[] = [];
  try {
    for await (const event of rounds) {
      if (event.draftError !== undefined) throw new Error('the draft was given up', { cause: event.draftError });
      ids.push(...event.emitted.map(({ id }) => id));
    }
  } catch (error) {
    if (!(error instanceof SpeculationError && error.code === 'impasse')) throw error;
    expect(error.field).toBe('sampling.logit_bias');
    return `${ids.join()}!`;
  }
  return ids.join();
}

const drafting: readonly (() => DraftPolicy)[] = [
  ...[1, 2, 3].map((length) => () => staticLength(length)),
  () => adaedl({ maxDraftTokens: 3 }),
];

describe('an impasse', () => {
  it.each([0, 1, 2])(
    'is met exactly as often as by the target alone, after the same texts, at temperature %d',
    async (t) => {
      const { law: alone } = await enumerateOutcomes((chooser) => outcome(off(), t, chooser));
      if (t > 0) {
        expect([...alone.keys()].some((text) => text.endsWith('!'))).toBe(true);
        expect([...alone.keys()].some((text) => !text.endsWith('!'))).toBe(true);
      }
      for (const policy of drafting) {
        const { law: drafted } = await enumerateOutcomes((chooser) => outcome(policy(), t, chooser));
        expect(largestDifference(drafted, alone)).toBeLessThan(1e-12);
      }
    },
  );

  it('is met at the same place for a seed in coupled acceptance', async () => {
    const marks = new Set<boolean>();
    for (let seed = 1n; seed <= 60n; seed++) {
      const alone = await outcome(off(), 1, seededChooser(seed), seed);
      marks.add(alone.endsWith('!'));
      for (const policy of drafting) expect(await outcome(policy(), 1, seededChooser(seed), seed)).toBe(alone);
    }
    expect(marks.size).toBe(2);
  });

  const never: TargetDistribution = {
    ids: [],
    probabilities: [],
    tailProbability: 0,
    impasse: { field: 'sampling.logit_bias', message: 'no way' },
  };
  const sure = (id: TokenId): TargetDistribution => ({ ids: [id], probabilities: [1], tailProbability: 0 });
  const token = (id: TokenId): DraftedToken => ({
    id,
    entropy: 0,
    topProbability: 1,
    candidates: { ids: [id], probabilities: [1] },
  });
  const context = {
    firstPosition: 5,
    chooser: seededChooser(1n),
    drawFromTail: () => Promise.reject(new Error('no tail')),
    endTokenIds: new Set<TokenId>(),
  };

  it('behind a rejected token is nothing', async () => {
    const accepted = await accept([token(2)], [sure(1), never], context);
    expect(accepted).toEqual({ accepted: 0, emitted: [{ id: 1, source: 'recovered' }] });
  });

  it('behind accepted tokens lets them out first', async () => {
    const accepted = await accept([token(2)], [sure(2), never], context);
    expect(accepted).toEqual({ accepted: 1, emitted: [{ id: 2, source: 'accepted' }] });
    const within = await accept([token(2), token(2)], [sure(2), never, sure(1)], context);
    expect(within).toEqual({ accepted: 1, emitted: [{ id: 2, source: 'accepted' }] });
  });

  it('right where the text stands is the error', async () => {
    await expect(accept([token(2)], [never, never], context)).rejects.toMatchObject({ code: 'impasse' });
    await expect(accept([], [never], context)).rejects.toMatchObject({ code: 'impasse', field: 'sampling.logit_bias' });
  });

  it('has no way on', () => {
    const scores = { kvLength: 3, queueMs: 0, computeMs: 0, batchSize: 1 };
    expect(() => checkScores({ ...scores, positions: [sure(2), never] }, [token(2)], 3)).not.toThrow();
    const contradiction = { ...sure(2), impasse: { field: 'f', message: 'm' } };
    expect(() => checkScores({ ...scores, positions: [contradiction] }, [], 3)).toThrow(/positions\[0\]/);
  });
});
