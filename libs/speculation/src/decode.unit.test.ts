import { seededRandom } from '@outrider/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from './decode.js';
import { SpeculationError } from './error.js';
import type { DecodeOptions, FinishReason, RoundEvent } from './generation.js';
import { adaedl } from './policies/adaedl.js';
import { figuresOf } from './stopping.js';
import { off, staticLength } from './policies/static.js';
import type { DraftPolicy, RoundOutcome } from './policy.js';
import { seededChooser } from './random.js';
import { type DraftFault, type Truth, truthfulDrafter, truthfulScorer } from './replica.fixture.js';
import type { Scorer, TokenId } from './types.js';

const FAULTS: readonly DraftFault[] = ['rejects', 'throws', 'too_many', 'not_a_candidate', 'nan_entropy', 'kv_length'];

async function runThrough(
  options: DecodeOptions,
  truth?: Truth,
): Promise<{ events: RoundEvent[]; reason: FinishReason }> {
  const events: RoundEvent[] = [];
  const rounds = decode(options);
  for (;;) {
    const next = await rounds.next();
    if (next.done) return { events, reason: next.value };
    truth?.committed.push(...next.value.emitted.map((token) => token.id));
    events.push(next.value);
  }
}

/** A target that always answers the next of these tokens, with certainty; a token past the end is 0. */
function scriptedScorer(prompt: number, tokens: readonly TokenId[]): Scorer {
  return {
    score: async (at, draft) => {
      const length = at.keepLength + at.tokens.length;
      const positions = Array.from({ length: draft.length + 1 }, (_, i) => ({
        ids: [tokens[length - prompt + i] ?? 0],
        probabilities: [1],
        tailProbability: 0,
      }));
      return { positions, kvLength: length + draft.length, queueMs: 0, computeMs: 0, batchSize: 1 };
    },
    drawFromTail: () => Promise.reject(new Error('there is no tail')),
  };
}

const scripted = (tokens: readonly TokenId[], more: Partial<DecodeOptions> = {}): DecodeOptions => ({
  prompt: [1, 2, 3],
  policy: off(),
  scorer: scriptedScorer(3, tokens),
  chooser: seededChooser(0n),
  endTokenIds: [],
  maxTokens: 4,
  contextLength: 100,
  ...more,
});

/** A fixed draft length, but none in some rounds: the draft's cache falls behind and must catch up. */
function pausing(draftTokens: number, every: number): DraftPolicy {
  let round = 0;
  const drafting = draftTokens > 0 ? staticLength(draftTokens) : off();
  return { ...drafting, nextLimits: () => (round++ % every === 1 ? off() : drafting).nextLimits() };
}

describe('decode keeps its books', () => {
  const setting = fc.record({
    seed: fc.nat(),
    prompt: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 8 }),
    vocabularySize: fc.integer({ min: 2, max: 5 }),
    draftTokens: fc.integer({ min: 0, max: 6 }),
    fault: fc.constantFrom(undefined, ...FAULTS),
    faultyCall: fc.nat(5),
    maxTokens: fc.integer({ min: 1, max: 25 }),
    room: fc.integer({ min: 0, max: 30 }),
    ends: fc.subarray([0, 1]),
    pauseEvery: fc.integer({ min: 2, max: 5 }),
    cached: fc.tuple(fc.nat(8), fc.nat(8)),
    targetBlock: fc.option(fc.integer({ min: 2, max: 7 }), { nil: undefined }),
  });

  it('against replicas that hold the truth, forget, and fail', async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ seed, prompt, vocabularySize, draftTokens, fault, faultyCall, ...rest }) => {
        const random = seededRandom(seed);
        const truth: Truth = { committed: [...prompt], vocabularySize, breaches: [], random };
        const [draftCached, targetCached] = rest.cached.map((length) => Math.min(length, prompt.length)) as [
          number,
          number,
        ];
        const drafter = truthfulDrafter(truth, draftCached, fault, faultyCall);
        const policy = pausing(draftTokens, rest.pauseEvery);
        const outcomes: RoundOutcome[] = [];
        const options: DecodeOptions = {
          prompt,
          policy: { ...policy, observe: (outcome) => outcomes.push(outcome) },
          drafter,
          scorer: truthfulScorer(truth, targetCached),
          chooser: seededChooser(BigInt(seed)),
          endTokenIds: rest.ends,
          maxTokens: rest.maxTokens,
          contextLength: prompt.length + rest.room,
          targetBlock: rest.targetBlock,
          draftCached,
          targetCached,
        };
        const { events, reason } = await runThrough(options, truth);

        expect(truth.breaches).toEqual([]);
        const emitted = truth.committed.slice(prompt.length);
        const allowed = Math.min(rest.maxTokens, rest.room);
        const firstEnd = emitted.findIndex((id) => rest.ends.includes(id));
        expect(firstEnd === -1 || firstEnd === emitted.length - 1).toBe(true);
        expect(reason).toBe(firstEnd === -1 ? 'length' : 'stop');
        if (reason === 'length') expect(emitted.length).toBe(allowed);
        expect(emitted.length).toBeLessThanOrEqual(allowed);
        expect(events.map((event) => event.round)).toEqual(events.map((_, i) => i));
        expect(events.map((event) => event.finishReason)).toEqual(
          events.map((_, i) => (i === events.length - 1 ? reason : undefined)),
        );

        let lost = false;
        let left = allowed;
        events.forEach((event, i) => {
          const sources = event.emitted.map((token) => token.source);
          const accepted = sources.filter((source) => source === 'accepted').length;
          expect(event.accepted).toBe(accepted);
          expect(accepted).toBeLessThanOrEqual(event.drafted);
          expect(event.entropies.length).toBe(event.drafted);
          expect(event.drafted).toBeLessThanOrEqual(Math.min(draftTokens, left - 1));
          // The last committed token and the drafted ones lie in one block.
          const last = prompt.length + allowed - left - 1;
          const block = rest.targetBlock ?? 1e9;
          expect(Math.floor(last / block)).toBe(Math.floor((last + event.drafted) / block));
          const room = left > 1 && last % block < block - 1;
          expect(event.scores.positions.length).toBe(event.drafted + 1);
          // After the accepted: one token, recovered when there were more drafted ones; none after an end token.
          const closing = sources.slice(accepted);
          const endedInside = event.finishReason === 'stop' && closing.length === 0;
          if (!endedInside) expect(closing).toEqual([accepted < event.drafted ? 'recovered' : 'bonus']);
          expect(outcomes[i]).toEqual({
            drafted: event.drafted,
            accepted,
            maxTokens: event.limits.maxTokens,
            stopReason: event.stopReason,
            figures: (event.draft?.tokens ?? []).slice(0, event.drafted).map(figuresOf),
          });
          if (draftTokens === 0 || i % rest.pauseEvery === 1) expect(event.stopReason).toBe('off');
          else if (lost || event.draftError !== undefined) expect(event.stopReason).toBe('draft_unavailable');
          else if (room) expect(event.stopReason).toBe('cancelled');
          expect(lost && event.draftError !== undefined).toBe(false);
          lost ||= event.draftError !== undefined;
          left -= event.emitted.length;
        });
        // Once it failed, a draft is left alone.
        const asked = events.filter((event) => event.draft !== undefined || event.draftError !== undefined).length;
        expect(drafter.calls()).toBe(asked);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('a generation ends', () => {
  it('with the end token, which is emitted', async () => {
    const { events, reason } = await runThrough(scripted([5, 6, 9, 7], { endTokenIds: [9] }));
    expect(reason).toBe('stop');
    expect(events.flatMap((event) => event.emitted.map((token) => token.id))).toEqual([5, 6, 9]);
    expect(events.map((event) => event.finishReason)).toEqual([undefined, undefined, 'stop']);
  });

  it('at maxTokens, and with stop when the last token allowed is an end token', async () => {
    expect((await runThrough(scripted([5, 6, 7, 8, 9]))).reason).toBe('length');
    expect((await runThrough(scripted([5, 6, 7, 9], { endTokenIds: [9] }))).reason).toBe('stop');
  });

  it('when the context is full, at once if the prompt fills it', async () => {
    const { events, reason } = await runThrough(scripted([5, 6, 7], { contextLength: 5 }));
    expect(reason).toBe('length');
    expect(events.length).toBe(2);
    expect(await runThrough(scripted([5], { contextLength: 3 }))).toEqual({ events: [], reason: 'length' });
    expect(await runThrough(scripted([5], { contextLength: 2 }))).toEqual({ events: [], reason: 'length' });
  });

  it('between rounds when its signal is aborted', async () => {
    const controller = new AbortController();
    const rounds = decode(scripted([5, 6, 7], { signal: controller.signal }));
    expect((await rounds.next()).done).toBe(false);
    controller.abort();
    expect(await rounds.next()).toEqual({ done: true, value: 'cancelled' });
  });

  it('when its consumer leaves, without another round', async () => {
    let scored = 0;
    const inner = scriptedScorer(3, [5, 6, 7]);
    const scorer: Scorer = { ...inner, score: (at, draft) => (scored++, inner.score(at, draft)) };
    for await (const event of decode(scripted([], { scorer }))) {
      expect(event.round).toBe(0);
      break;
    }
    expect(scored).toBe(1);
  });

  it("with the target's own error when it fails", async () => {
    const failure = new Error('target gone');
    const scorer: Scorer = { ...scriptedScorer(3, []), score: () => Promise.reject(failure) };
    await expect(runThrough(scripted([], { scorer }))).rejects.toBe(failure);
  });
});

describe('a round reports', () => {
  const drafter = truthfulDrafter(
    { committed: [1, 2, 3], vocabularySize: 3, breaches: [], random: () => 0.4 },
    0,
    'rejects',
    0,
  );

  it('the lambda and limits that were in force, capped to what may be emitted', async () => {
    const { events } = await runThrough(scripted([5, 6, 7, 8], { policy: adaedl({ lambdaInitial: 0.7 }) }));
    expect(events[0]?.lambda).toBe(0.7);
    expect(events.map((event) => event.limits.maxTokens)).toEqual([3, 2, 1, 0]);
    expect(events[3]?.limits.minTokens).toBe(0);
    expect(events[0]?.limits.maxEntropy).toBeCloseTo(0.45, 12);
  });

  it('why the draft was given up, once', async () => {
    const { events } = await runThrough(scripted([5, 6, 7, 8], { policy: staticLength(2), drafter }));
    expect(events.map((event) => event.stopReason)).toEqual(Array(4).fill('draft_unavailable'));
    expect(events.map((event) => event.draftError)).toEqual([new Error('draft gone'), undefined, undefined, undefined]);
  });

  it('times by the clock it was given, and none without', async () => {
    let time = 0;
    const { events } = await runThrough(scripted([5], { maxTokens: 1, now: () => (time += 5) }));
    expect(events[0]?.timing).toEqual({ draftMs: 5, targetMs: 5, roundMs: 15 });
    expect((await runThrough(scripted([5], { maxTokens: 1 }))).events[0]).not.toHaveProperty('timing');
  });

  it('what it cost: waiting for the draft only where one was asked', async () => {
    let time = 0;
    const costs: RoundOutcome['cost'][] = [];
    const policy = { ...off(), observe: ({ cost }: RoundOutcome) => costs.push(cost) };
    await runThrough(scripted([5, 6], { maxTokens: 2, policy, now: () => (time += 5) }));
    const alone = { draftMs: 0, draftComputeMs: 0, draftPasses: 0, draftTaken: 0, targetMs: 5, targetSessions: 1 };
    expect(costs).toEqual([
      { ...alone, targetTokens: 3 },
      { ...alone, targetTokens: 1 },
    ]);
    costs.length = 0;
    const asking = { ...staticLength(2), observe: policy.observe };
    await runThrough(scripted([5, 6, 7, 8], { policy: asking, drafter, now: () => (time += 5) }));
    // The draft fails when it is asked first, and is not asked again.
    expect(costs.map((cost) => cost?.draftMs)).toEqual([5, 0, 0, 0]);
  });
});

describe('decode refuses', () => {
  it.each<[string, Partial<DecodeOptions>]>([
    ['prompt', { prompt: [] }],
    ['maxTokens', { maxTokens: 0 }],
    ['maxTokens', { maxTokens: NaN }],
    ['contextLength', { contextLength: 1.5 }],
    ['draftCached', { draftCached: 4 }],
    ['targetCached', { targetCached: -1 }],
  ])('a bad %s', async (field, more) => {
    const error = await runThrough(scripted([5], more)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SpeculationError);
    expect(error).toMatchObject({ code: 'invalid_argument', field });
  });
});
