/**
 * Drafts by n-grams, and by n-grams and a model, through the real drafting loop and the core's decode loop: the texts
 * of many seeds follow the target's law, and coupled texts do not depend on the kind of draft.
 */
import {
  type BlockScores,
  type DraftBlock,
  type DraftKind,
  type DraftPolicy,
  type Drafter,
  type Scorer,
  type TokenId,
  adaedl,
  decode,
  draftDistribution,
  candidatesOf,
  entropy,
  keyedRandom,
  off,
  seededChooser,
  staticLength,
} from '@outrider/speculation';
import { autoregressiveLaw, chiSquareTest, countKeys, nextTokenLaw, toyModel } from '@outrider/testing';
import { describe, expect, it } from 'vitest';
import { draftFrom } from './draft-loop.js';
import type { Look } from './look.js';
import { ngramLook } from './ngram/look.js';
import { createSuffixIndex } from './ngram/suffix-index.js';
import { SURE, WORTH_A_TRY } from './ngram/worth.js';

const ALPHA = 1e-4;
const SAMPLES = 6000;
const VOCABULARY = 3;
const PROMPT = [0, 1, 2, 0, 1, 2, 0, 1];
const TEXT = { maxTokens: 4, endTokenIds: [] };
const TARGET = toyModel(61, VOCABULARY);
const DRAFT = toyModel(62, VOCABULARY);
const BOUNDS = { contextLength: 100, endTokenIds: [] };

const SAMPLINGS = [
  { temperature: 1, topK: 0, topP: 1 },
  { temperature: 0.7, topK: 2, topP: 0.95 },
];
const POLICIES: readonly (() => DraftPolicy)[] = [
  () => staticLength(3),
  // Stops some tokens: of those, the n-grams' are asked of the model.
  () => adaedl({ lambdaInitial: 0.55, proposeStopped: false }),
];

interface Run {
  readonly kind: DraftKind;
  readonly policy: DraftPolicy;
  readonly sampling: (typeof SAMPLINGS)[number];
  readonly seed: number;
  readonly coupled?: boolean;
  /** What a wrong variant makes of its answers. */
  readonly answerWith?: (block: DraftBlock) => DraftBlock;
}

const seen = { neural: 0, ngram: 0, mixedBlocks: 0, passlessBlocks: 0 };

function drafterOf({ kind, sampling: base, seed, coupled, answerWith = (block) => block }: Run): Drafter {
  const sampling = { ...base, seed: BigInt(seed) };
  const index = createSuffixIndex();
  let held = 0;
  return {
    async propose(at, limits) {
      const acceptance = coupled === true ? ('coupled' as const) : ('rejection' as const);
      const request = { sessionId: 's', fence: 1n, ...at, sampling, limits, acceptance };
      if (at.keepLength > (kind === 'ngram' ? index.tokens.length : held)) throw new Error('keeps more than is held');
      index.follow(at.keepLength, at.tokens);
      held = Math.min(held, at.keepLength);
      const lookUp = () => ngramLook(index, request, undefined, VOCABULARY, kind === 'hybrid' ? SURE : WORTH_A_TRY);
      const pass = function* (): Generator<never, Look> {
        yield* [];
        held = index.tokens.length;
        return toyLook(index.tokens, sampling);
      };
      const { value: block } = draftFrom<never, void>(
        {
          position: () => index.tokens.length,
          lookUp: kind === 'neural' ? undefined : lookUp,
          pass: kind === 'ngram' ? undefined : pass,
          push: index.append,
          held: () => (kind === 'ngram' ? index.tokens.length : held),
        },
        request,
        BOUNDS,
        () => false,
      ).next();
      const sources = new Set(block.tokens.map(({ source }) => source));
      for (const { source } of block.tokens) seen[source ?? 'neural']++;
      if (sources.size === 2) seen.mixedBlocks++;
      if (kind === 'hybrid' && block.passes === 0) seen.passlessBlocks++;
      return answerWith(block);
    },
  };
}

function toyLook(tokens: readonly TokenId[], sampling: { temperature: number; topK: number; topP: number }): Look {
  const logits = DRAFT.logits(tokens);
  const law = nextTokenLaw(logits, { ...sampling, topK: 0, topP: 1 });
  const candidates = candidatesOf(Float32Array.from(logits), sampling.temperature, VOCABULARY);
  return {
    source: 'neural',
    entropy: entropy(law),
    topProbability: Math.max(...law),
    law: () => draftDistribution(candidates, { ...sampling, seed: 0n }),
  };
}

function scorerOf({ sampling }: Run): Scorer {
  let cache: TokenId[] = [];
  return {
    async score(at, draft): Promise<BlockScores> {
      cache = [...cache.slice(0, at.keepLength), ...at.tokens];
      const positions = [undefined, ...draft].map((token) => {
        if (token !== undefined) cache.push(token.id);
        const probabilities = nextTokenLaw(TARGET.logits(cache), sampling);
        return { ids: probabilities.map((_, id) => id), probabilities, tailProbability: 0 };
      });
      return { positions, kvLength: cache.length, queueMs: 0, computeMs: 0, batchSize: 1 };
    },
    drawFromTail: () => Promise.reject(new Error('there is no tail')),
  };
}

async function generate(run: Run): Promise<string> {
  const seed = BigInt(run.seed);
  const text: TokenId[] = [];
  const rounds = decode({
    prompt: PROMPT,
    policy: run.policy,
    drafter: drafterOf(run),
    scorer: scorerOf(run),
    chooser: seededChooser(seed),
    coupled: run.coupled === true ? keyedRandom(seed) : undefined,
    ...TEXT,
    contextLength: BOUNDS.contextLength,
  });
  for await (const { draftError, emitted } of rounds) {
    if (draftError !== undefined) throw new Error('the draft was given up', { cause: draftError });
    text.push(...emitted.map(({ id }) => id));
  }
  return text.join();
}

async function pValue(run: Omit<Run, 'seed' | 'policy'>, policy: () => DraftPolicy): Promise<number> {
  const texts: string[] = [];
  for (let seed = 1; seed <= SAMPLES; seed++) texts.push(await generate({ ...run, policy: policy(), seed }));
  return chiSquareTest(countKeys(texts), autoregressiveLaw(TARGET, PROMPT, { ...run.sampling, ...TEXT })).pValue;
}

describe.each(['ngram', 'hybrid'] as const)(`%s drafts (chi-square, alpha ${ALPHA}, ${SAMPLES} samples)`, (kind) => {
  it.each(SAMPLINGS)('leave the law the target’s own under %o', async (sampling) => {
    for (const policy of POLICIES) {
      expect(await pValue({ kind, sampling }, policy)).toBeGreaterThan(ALPHA);
    }
  });

  it('give the coupled text that every draft gives', async () => {
    const [sampling = SAMPLINGS[0]!] = SAMPLINGS;
    for (let seed = 1; seed <= 300; seed++) {
      const alone = await generate({ kind, sampling, seed, coupled: true, policy: off() });
      for (const policy of POLICIES) {
        expect(await generate({ kind, sampling, seed, coupled: true, policy: policy() })).toBe(alone);
      }
    }
  });
});

it('saw both sources, both of them in one block, and blocks without a pass', () => {
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(1000);
});

it.each(['ngram', 'hybrid'] as const)('tells a %s draft apart that does not draw from what it sends', async (kind) => {
  const answerWith = (block: DraftBlock): DraftBlock => ({
    ...block,
    tokens: block.tokens.map((token) => {
      const { ids } = token.candidates;
      return { ...token, candidates: { ids, probabilities: ids.map(() => 1 / ids.length) } };
    }),
  });
  expect(await pValue({ kind, sampling: SAMPLINGS[0]!, answerWith }, () => staticLength(3))).toBeLessThan(ALPHA);
});
