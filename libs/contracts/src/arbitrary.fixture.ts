/**
 * Random domain values for the round-trip properties. Probabilities are 32-bit, since they travel so. One file for all
 * messages, because they share their parts: the services' requests the sampling, the replies the distributions.
 */
import fc from 'fast-check';
import type { ConstraintSpec, LogitAdjustments, Sampling } from '@outrider/speculation';
import type { SparseDistribution, TargetDistribution } from '@outrider/speculation';
import type { DraftCommand } from './draft-request.js';
import type { DraftEvent } from './draft-reply.js';
import type { GenerateCommand, Prompt } from './generation-request.js';
import type { GenerationEvent, RoundReport } from './generation-reply.js';
import { policy } from './policy-arbitrary.fixture.js';
import type { OpenSession, TraceContext } from './session.js';
import type { VerifyCommand } from './target-request.js';
import type { VerifyEvent } from './target-reply.js';

export const vocabularySize = 1000;

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const tokenId = fc.integer({ min: 0, max: vocabularySize - 1 });
const tokenIds = fc.array(tokenId, { minLength: 1, maxLength: 20 });
const milliseconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const nats = fc.double({ min: 0, max: 12, noNaN: true });
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const temperature = fc.oneof(fc.constant(0), fc.double({ min: 1e-4, max: 100, noNaN: true }));
const sessionId = fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/);

const trace: fc.Arbitrary<{ trace?: TraceContext }> = fc.oneof(
  fc.constant({}),
  fc.record({
    trace: fc.record({ traceparent: fc.string({ maxLength: 128 }), tracestate: fc.string({ maxLength: 512 }) }),
  }),
);

/** Every key may be absent. */
const allOptional: { requiredKeys: [] } = { requiredKeys: [] };

const penalty = fc.double({ min: -100, max: 100, noNaN: true }).filter((value) => value !== 0);
const bias = fc.tuple(fc.uniqueArray(tokenId, { minLength: 1, maxLength: 6 }), fc.nat(6)).chain(([ids, banned]) =>
  fc
    .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: ids.length, maxLength: ids.length })
    // Bans travel after biases.
    .map((values) =>
      ids.map((id, i) => ({ id, bias: i >= ids.length - banned ? -Infinity : Math.fround(values[i] ?? 0) + 0 })),
    ),
);

const adjustments: fc.Arbitrary<{ adjustments?: LogitAdjustments }> = fc
  .record(
    {
      repetitionPenalty: fc.double({ min: 0.01, max: 100, noNaN: true }).filter((value) => value !== 1),
      frequencyPenalty: penalty,
      presencePenalty: penalty,
      bias,
    },
    allOptional,
  )
  .map((asked) => (Object.keys(asked).length === 0 ? {} : { adjustments: asked }));

const someText = fc.string({ unit: 'grapheme', minLength: 1 });
const constraint: fc.Arbitrary<ConstraintSpec> = fc.oneof(
  fc.record({ kind: fc.constant('json_schema' as const), schema: someText }),
  fc.record({ kind: fc.constant('regex' as const), pattern: someText }),
  fc.record({ kind: fc.constant('choice' as const), choices: fc.array(someText, { minLength: 1, maxLength: 5 }) }),
);

const sampling: fc.Arbitrary<Sampling> = fc
  .tuple(
    fc.record({
      temperature,
      topK: uint32,
      topP: fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true }),
      seed: uint64,
    }),
    fc.record({ minP: fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true }), constraint }, allOptional),
    adjustments,
  )
  .map(([base, kept, changed]) => ({ ...base, ...kept, ...changed }));

const at = fc.record({ round: uint32, keepLength: uint32, tokens: tokenIds });
const prefill = fc.record({ keepLength: uint32, tokens: tokenIds });
const prefilled = fc.record({ kvLength: uint32, computeMs: milliseconds });

const draftKind = fc.constantFrom('neural' as const, 'ngram' as const, 'hybrid' as const);

const open: fc.Arbitrary<OpenSession> = fc
  .tuple(
    fc.record({
      sessionId,
      fence: uint64,
      sampling,
      promptTokens: uint32,
      acceptance: fc.constantFrom('rejection' as const, 'coupled' as const),
    }),
    fc.record({ logprobs: fc.integer({ min: 0, max: 20 }), draftKind }, allOptional),
    fc.oneof(fc.constant({}), fc.record({ tokenizerFingerprint: fc.stringMatching(/^[0-9a-f]{64}$/) })),
    trace,
  )
  .map(([base, asked, fingerprint, traced]) => ({ ...base, ...asked, ...fingerprint, ...traced }));

const logprob = fc.double({ min: -200, max: 0, noNaN: true }).map((value) => Math.fround(value) + 0);

/** Distinct ids with descending 32-bit probabilities that sum to `mass`. */
function candidates(mass: number): fc.Arbitrary<SparseDistribution> {
  return fc.uniqueArray(tokenId, { minLength: 1, maxLength: 12 }).chain((ids) =>
    fc
      .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: ids.length, maxLength: ids.length })
      .map((weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const probabilities = weights.map((weight) => Math.fround((weight / total) * mass)).sort((a, b) => b - a);
        return { ids, probabilities };
      }),
  );
}

const targetDistribution: fc.Arbitrary<TargetDistribution> = fc
  .constantFrom(0, 0.25, 0.5)
  .chain((tail) => candidates(1 - tail).map((known) => ({ ...known, tailProbability: tail })));

const atImpasse: fc.Arbitrary<TargetDistribution> = fc
  .record({ field: someText, message: someText })
  .map((impasse) => ({ ids: [], probabilities: [], tailProbability: 0, impasse }));

const draftedToken = candidates(1).chain((distribution) =>
  fc.record({
    id: fc.constantFrom(...distribution.ids),
    entropy: nats,
    topProbability: unit,
    source: fc.constantFrom('neural' as const, 'ngram' as const),
    candidates: fc.constant(distribution),
  }),
);

// Proto3 leaves a zero out, and with it its sign.
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const predictorWeights = fc
  .tuple(
    fc.record({ sqrtEntropy: finite, logTopProbability: finite, index: finite }),
    // Zero is as good as absent.
    fc.record({ logTokenProbability: finite.filter((weight) => weight !== 0) }, allOptional),
  )
  .map(([base, more]) => ({ ...base, ...more }));
const predictor = fc.record({
  bias: finite,
  weights: predictorWeights,
  hidden: fc.array(fc.record({ output: finite, bias: finite, weights: predictorWeights }), { maxLength: 3 }),
});
const survivals = fc.array(unit, { maxLength: 4 });
const predictors = fc.record({ neural: predictor, ngram: predictor }, allOptional);
const survival = fc
  .tuple(
    fc.record({ predictors, beforePass: survivals, toPropose: survivals }),
    fc.record({ sampled: predictors.filter((some) => Object.keys(some).length > 0) }, allOptional),
  )
  .map(([base, more]) => ({ ...base, ...more }));

const draftLimits = fc
  .tuple(
    fc.record({
      maxTokens: fc.integer({ min: 1, max: 64 }),
      minTokens: uint32,
      maxEntropy: fc.oneof(fc.constant(Infinity), nats),
      minTopProbability: unit,
      proposeStopped: fc.boolean(),
    }),
    fc.record({ minTokenProbability: unit, survival }, allOptional),
  )
  .map(([base, more]) => ({ ...base, ...more }));

export const draftCommand: fc.Arbitrary<DraftCommand> = fc.oneof(
  fc.record({ type: fc.constant('open' as const), open }),
  fc.record({ type: fc.constant('prefill' as const), prefill }),
  fc.record({
    type: fc.constant('block' as const),
    block: fc.tuple(fc.record({ at, limits: draftLimits }), trace).map(([block, traced]) => ({ ...block, ...traced })),
  }),
  fc.record({ type: fc.constant('stop' as const), round: uint32 }),
);

export const draftEvent: fc.Arbitrary<DraftEvent> = fc.oneof(
  fc.record({ type: fc.constant('opened' as const), cachedLength: uint32, queueMs: milliseconds }),
  fc.record({ type: fc.constant('prefilled' as const), prefilled }),
  fc.record({
    type: fc.constant('proposed' as const),
    round: uint32,
    tokens: fc.array(draftedToken, { maxLength: 8 }),
  }),
  fc.record({
    type: fc.constant('block_end' as const),
    round: uint32,
    tokens: fc.array(draftedToken, { maxLength: 8 }),
    end: fc
      .tuple(
        fc.record({
          stopReason: fc.constantFrom(
            ...(['max_tokens', 'entropy', 'top_probability', 'survival', 'token_probability'] as const),
            ...(['no_match', 'end_of_text', 'context', 'cancelled'] as const),
          ),
          passes: uint32,
          kvLength: uint32,
          computeMs: milliseconds,
        }),
        fc.oneof(fc.constant({}), fc.record({ stoppingEntropy: nats })),
      )
      .map(([end, stopping]) => ({ ...end, ...stopping })),
  }),
);

export const verifyCommand: fc.Arbitrary<VerifyCommand> = fc.oneof(
  fc.record({ type: fc.constant('open' as const), open }),
  fc.record({ type: fc.constant('prefill' as const), prefill }),
  fc.record({
    type: fc.constant('block' as const),
    block: fc
      .tuple(
        fc.record({
          at,
          draft: fc.array(fc.record({ id: tokenId, candidateIds: fc.uniqueArray(tokenId, { maxLength: 12 }) }), {
            maxLength: 8,
          }),
        }),
        trace,
      )
      .map(([block, traced]) => ({ ...block, ...traced })),
  }),
  fc.record({ type: fc.constant('tail' as const), round: uint32, index: uint32 }),
);

export const verifyEvent: fc.Arbitrary<VerifyEvent> = fc.oneof(
  fc.record({ type: fc.constant('opened' as const), cachedLength: uint32, queueMs: milliseconds }),
  fc.record({ type: fc.constant('prefilled' as const), prefilled }),
  fc.record({
    type: fc.constant('scored' as const),
    round: uint32,
    scores: fc.record({
      positions: fc.array(fc.oneof(targetDistribution, atImpasse), { minLength: 1, maxLength: 9 }),
      kvLength: uint32,
      queueMs: milliseconds,
      computeMs: milliseconds,
      batchSize: uint32,
    }),
  }),
  fc.record({ type: fc.constant('tail_drawn' as const), round: uint32, index: uint32, token: tokenId }),
  fc.record({ type: fc.constant('tail_drawn' as const), round: uint32, index: uint32, token: tokenId, logprob }),
);

const text = someText;

const prompt: fc.Arbitrary<Prompt> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text }),
  fc.record({
    type: fc.constant('messages' as const),
    messages: fc.array(
      fc.record({ role: fc.constantFrom('system' as const, 'user' as const, 'assistant' as const), content: text }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  fc.record({ type: fc.constant('token_ids' as const), tokenIds }),
);

export const generateCommand: fc.Arbitrary<GenerateCommand> = fc
  .tuple(
    fc.record({ prompt, sampling }),
    fc.record(
      {
        sessionId,
        maxTokens: fc.integer({ min: 1, max: 262_144 }),
        policy,
        acceptance: fc.constant('coupled' as const),
        draftKind,
        stop: fc.array(text, { minLength: 1, maxLength: 16 }),
        stopTokenIds: fc.array(tokenId, { minLength: 1, maxLength: 64 }),
        ignoreEos: fc.constant(true),
        logprobs: fc.integer({ min: 0, max: 20 }),
        completions: fc.integer({ min: 2, max: 16 }),
        fork: fc.constant(true),
      },
      allOptional,
    ),
  )
  .map(([base, { completions, ...options }]): GenerateCommand => {
    // A session holds one completion.
    const more = completions === undefined || options.sessionId !== undefined ? {} : { completions };
    const command = { ...base, ...options, ...more };
    // A constrained text has an end.
    if (command.sampling.constraint !== undefined) delete command.ignoreEos;
    return command;
  });

const round: fc.Arbitrary<RoundReport> = fc.record({
  round: uint32,
  drafted: uint32,
  accepted: uint32,
  stopReason: fc.constantFrom('max_tokens' as const, 'off' as const, 'draft_unavailable' as const),
  entropies: fc.array(nats, { maxLength: 8 }),
  stoppingEntropy: fc.option(nats, { nil: undefined }),
  lambda: fc.option(unit, { nil: undefined }),
  draftMs: milliseconds,
  targetMs: milliseconds,
  draftComputeMs: milliseconds,
  targetComputeMs: milliseconds,
  targetQueueMs: milliseconds,
  roundMs: milliseconds,
  draftPasses: uint32,
  targetBatchSize: uint32,
  draftedBySource: fc.dictionary(fc.constantFrom('neural', 'ngram'), uint32, { noNullPrototype: true }),
});

export const generationEvent: fc.Arbitrary<GenerationEvent> = fc.oneof(
  fc.record({
    type: fc.constant('started' as const),
    started: fc.record(
      {
        sessionId,
        promptTokens: uint32,
        cachedTokens: uint32,
        policy: fc.string(),
        seed: uint64,
        targetModel: fc.string(),
        draftModel: fc.string(),
        draftKind,
        targetReplica: fc.string(),
        draftReplica: fc.string(),
      },
      {
        requiredKeys: [
          'sessionId',
          'promptTokens',
          'cachedTokens',
          'policy',
          'seed',
          'targetModel',
          'draftModel',
          'targetReplica',
          'draftReplica',
        ] as const,
      },
    ),
  }),
  fc.record({
    type: fc.constant('tokens' as const),
    tokens: fc.array(
      fc
        .tuple(
          fc.record({
            id: uint32,
            text,
            source: fc.constantFrom('accepted' as const, 'recovered' as const, 'bonus' as const),
          }),
          fc.oneof(
            fc.constant({}),
            fc.record({ logprob, topLogprobs: fc.array(fc.record({ id: uint32, text, logprob }), { maxLength: 3 }) }),
          ),
        )
        .map(([token, asked]) => ({ ...token, ...asked })),
    ),
    text,
    round,
  }),
  fc.record({
    type: fc.constant('finished' as const),
    finished: fc.record({
      reason: fc.constantFrom('stop' as const, 'length' as const),
      usage: fc.record({ promptTokens: uint32, completionTokens: uint32, cachedTokens: uint32 }),
      speculation: fc.record({
        policy: fc.string(),
        rounds: uint32,
        drafted: uint32,
        accepted: uint32,
        acceptanceRate: unit,
        meanAcceptanceLength: milliseconds,
        stopReasons: fc.dictionary(fc.constantFrom('entropy', 'max_tokens'), uint32, { noNullPrototype: true }),
        draftLost: fc.boolean(),
        positions: fc.array(fc.record({ drafted: uint32, accepted: uint32 }), { maxLength: 8 }),
        acceptedLengths: fc.array(uint32, { maxLength: 9 }),
        meanEntropy: nats,
        discarded: uint32,
        discardedPasses: uint32,
        acceptedTokens: uint32,
        recoveredTokens: uint32,
        bonusTokens: uint32,
        sources: fc.dictionary(fc.constantFrom('neural', 'ngram'), fc.record({ drafted: uint32, accepted: uint32 }), {
          noNullPrototype: true,
        }),
        draftPasses: uint32,
      }),
      timing: fc.record({
        timeToFirstTokenMs: milliseconds,
        totalMs: milliseconds,
        tokensPerSecond: milliseconds,
        draftMs: milliseconds,
        targetMs: milliseconds,
        queueMs: milliseconds,
        networkMs: milliseconds,
      }),
      text: fc.string(),
      stop: fc.string(),
    }),
  }),
);
