import {
  type DraftPolicy,
  adaedl,
  createPolicy,
  keyedRandom,
  off,
  parsePolicy,
  staticLength,
} from '@outrider/speculation';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draftStep, unitProfile } from '../profiles/profile.fixture.js';
import { evenTrace, traceHeader, traceText } from '../trace/trace.fixture.js';
import type { Trace, TraceText } from '../trace/types.js';
import { clairvoyantMs } from './clairvoyant.js';
import { costsFor, passMs } from './costs.js';
import { drawAcceptances, preparePaths } from './path.js';
import { replayAll } from './replay-all.js';
import { emptyTotals, simulate } from './simulate.js';
import type { ReplayRound } from './types.js';

function traceOf(text: TraceText, settings = {}): Trace {
  return { header: traceHeader({ temperature: 0, maxTokens: text.tokens.length, ...settings }), texts: [text] };
}

function roundsOf(trace: Trace, policy: DraftPolicy, profile = unitProfile()): ReplayRound[] {
  const rounds: ReplayRound[] = [];
  for (const path of preparePaths(trace)) {
    const acceptances = drawAcceptances(path, keyedRandom(1n));
    const costs = costsFor(profile, trace.header);
    simulate(path, acceptances, policy, costs, emptyTotals(), (round) => rounds.push(round));
  }
  return rounds;
}

const counts = (rounds: readonly ReplayRound[]) =>
  rounds.map(({ drafted, accepted, stopReason }) => [drafted, accepted, stopReason]);

describe('the rounds of a replay', () => {
  it('draft, accept up to the first rejected token, and emit one more', () => {
    const trace = traceOf(traceText([1, 1, 0, 1, 0, 0, 1, 1, 1, 1]));
    expect(counts(roundsOf(trace, staticLength(3)))).toEqual([
      [3, 2, 'max_tokens'],
      [3, 1, 'max_tokens'],
      [3, 0, 'max_tokens'],
      // Of the four that may be emitted, one is not drafted.
      [3, 3, 'max_tokens'],
    ]);
  });

  it('end with an end token, drafted on the text or off it', () => {
    const ended = traceText([1, 0, 1], { finishReason: 'stop' });
    const behind = { sources: '', entropy: [], topProbability: [], end: 'end_of_text' as const };
    const trace = traceOf({ ...ended, offPath: [null, behind, null] }, { maxTokens: 64 });
    expect(counts(roundsOf(trace, staticLength(4)))).toEqual([
      [2, 1, 'end_of_text'],
      [1, 1, 'end_of_text'],
    ]);
  });

  it('stop by what is seen off the text behind a rejected token', () => {
    const behind = { sources: 'nn', entropy: [0.1, 9], topProbability: [0.9, 0.01] };
    const trace = traceOf(
      traceText([0, 0, 0, 0, 0, 0], { entropy: [0, 0, 0, 0, 0, 0], offPath: Array(6).fill(behind) }),
    );
    // Two are proposed below the limit of 1.25 nats, and the third, which says stop, is proposed and ends the block.
    expect(counts(roundsOf(trace, adaedl())).slice(0, 2)).toEqual([
      [3, 0, 'entropy'],
      [3, 0, 'entropy'],
    ]);
    expect(counts(roundsOf(trace, adaedl({ proposeStopped: false })))[0]).toEqual([2, 0, 'entropy']);
  });

  it('end where the draft has nothing to propose', () => {
    const text = traceText([1, 0, 1, 1], { sources: 'n-nn' });
    expect(counts(roundsOf(traceOf(text), staticLength(3)))).toEqual([
      [1, 1, 'no_match'],
      [1, 1, 'max_tokens'],
    ]);
  });

  it('ask the model where the limits stop at n-grams', () => {
    const text = traceText([0, 0, 0], { sources: 'ggg', entropy: [2, 2, 2] });
    const model = traceText([1, 1, 1], { entropy: [0.1, 0.1, 0.1] });
    const trace = traceOf({ ...text, fallback: model });
    // AdaEDL stops at 2 nats, and not at 0.1; a static length never stops.
    expect(roundsOf(trace, adaedl())).toMatchObject([{ drafted: 2, accepted: 2, passes: 2 }]);
    // Behind the rejected n-gram the fixture goes on with the model.
    expect(roundsOf(trace, staticLength(2))[0]).toMatchObject({ drafted: 2, accepted: 0, passes: 1 });
  });

  it("end where a block of the target's cache does", () => {
    const trace = traceOf(traceText([1, 1, 1, 1, 1, 1, 1, 1], { promptTokens: 3 }));
    const target = { roundTripMs: 0, passMs: [[1, 1]] as const, blockTokens: 4 };
    expect(roundsOf(trace, staticLength(8), unitProfile({ target })).map(({ drafted }) => drafted)).toEqual([1, 3, 1]);
  });

  it('know what the draft has to take in, and what it can draft ahead', () => {
    const trace = traceOf(traceText([1, 1, 1, 1]));
    const draft = { roundTripMs: 0.5, firstPassMs: 0.2, passMs: 0.1, extraTokenMs: 0.05, ngramTokenMs: 0 };
    const times = (costs: object) => roundsOf(trace, staticLength(1), unitProfile(costs)).map(({ ms }) => ms);
    // Accepted whole, a block leaves its last token and the one after it to be taken in.
    expect(times({ draft })).toEqual([1.7, 1.75]);
    // Half of the target's pass is of use, for the bet on the token behind the block was right.
    expect(times({ draft, overlap: 0.5 })[1]).toBeCloseTo(1.25, 10);
    expect(times({ draft, orchestratorMs: 0.1 })[0]).toBeCloseTo(1.8, 10);
  });
});

const texts = fc
  .record({
    acceptance: fc.array(fc.constantFrom(0, 0.3, 0.7, 1), { minLength: 1, maxLength: 24 }),
    sources: fc.array(fc.constantFrom('n', 'g', '-'), { minLength: 24, maxLength: 24 }),
    entropy: fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 24, maxLength: 24 }),
    stops: fc.boolean(),
    promptTokens: fc.integer({ min: 1, max: 70 }),
  })
  .map(({ acceptance, entropy, promptTokens, sources, stops }) =>
    traceText(
      acceptance.map((value, i) => (sources[i] === '-' ? 0 : value)),
      {
        sources: sources.slice(0, acceptance.length).join(''),
        entropy: entropy.slice(0, acceptance.length),
        finishReason: stops ? 'stop' : 'length',
        promptTokens,
      },
    ),
  );

const POLICIES = [
  'off',
  'static:1',
  'static:3',
  'static:8',
  'adaedl',
  'adaedl:discard@4',
  'max-confidence',
  'heuristic',
];
const profiles = fc
  .record({
    firstPassMs: fc.double({ min: 0.05, max: 2, noNaN: true }),
    passMs: fc.double({ min: 0.05, max: 1, noNaN: true }),
    extraShare: fc.double({ min: 0, max: 1, noNaN: true }),
    roundTripMs: fc.double({ min: 0, max: 1, noNaN: true }),
    slope: fc.double({ min: 0, max: 0.3, noNaN: true }),
    blockTokens: fc.option(fc.integer({ min: 2, max: 64 }), { nil: undefined }),
    overlap: fc.constantFrom(0, 0.5),
  })
  .map(({ blockTokens, extraShare, firstPassMs, overlap, passMs: step, roundTripMs, slope }) => {
    const passes = [
      [1, 1],
      [9, 1 + 8 * slope],
    ] as const;
    // A profile in which it costs more than a pass is refused.
    const extraTokenMs = extraShare * Math.min(firstPassMs, step);
    return unitProfile({
      draft: { roundTripMs, firstPassMs, passMs: step, extraTokenMs, ngramTokenMs: 0.01 },
      target: { roundTripMs: 0, passMs: passes, ...(blockTokens !== undefined && { blockTokens }) },
      overlap,
    });
  });

describe('over any trace', () => {
  it('every policy emits the whole text, and none beats the clairvoyant', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 3 }), profiles, (all, profile) => {
        const trace: Trace = { header: traceHeader({ maxTokens: 24 }), texts: all };
        const rows = replayAll({ trace, policies: POLICIES, profile, seeds: [1n, 2n] });
        const tokens = all.reduce((sum, { tokens }) => sum + tokens.length, 0);
        for (const row of rows.filter(({ kind }) => kind === 'all')) {
          expect(row.tokens / row.generations).toBeCloseTo(tokens / all.length, 10);
          expect(row.tokens).toBeLessThanOrEqual(row.accepted + row.rounds);
          expect(row.clairvoyantShare).toBeLessThanOrEqual(1 + 1e-9);
          expect(row.acceptedHistogram.reduce((a, b) => a + b, 0)).toBe(row.rounds);
          expect(row.wastedPasses).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('the clairvoyant is as fast as the best of all ways to divide a text into blocks', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), profiles, (accepts, profile) => {
        const trace = traceOf(traceText(accepts.map(Number)));
        const [path] = preparePaths(trace);
        const costs = costsFor(profile, trace.header);
        if (path === undefined) throw new Error('no text');
        const acceptances = drawAcceptances(path, keyedRandom(1n));
        let best = Infinity;
        const tryAll = (lengths: readonly number[]): void => {
          const totals = emptyTotals();
          simulate(path, acceptances, scripted(lengths), costs, totals);
          if (totals.rounds <= lengths.length) best = Math.min(best, totals.ms);
          else for (let next = 0; next <= accepts.length; next++) tryAll([...lengths, next]);
        };
        tryAll([]);
        expect(clairvoyantMs(path, acceptances, costs)).toBeCloseTo(best, 9);
      }),
      { numRuns: 15 },
    );
  });

  it('is the same again', () => {
    const request = { trace: evenTrace(0.6, 50, 3), policies: POLICIES, profile: unitProfile(), seeds: [3n, 4n] };
    expect(replayAll(request)).toEqual(replayAll(request));
    expect(replayAll({ ...request, seeds: [5n, 6n] })).not.toEqual(replayAll(request));
  });
});

/** Of fixed lengths, one for each round, and 0 once they run out. */
function scripted(lengths: readonly number[]): DraftPolicy {
  let round = 0;
  return {
    name: 'scripted',
    nextLimits() {
      const length = lengths[round++] ?? 0;
      return (length === 0 ? off() : staticLength(length)).nextLimits();
    },
    observe: () => undefined,
  };
}

describe('costs', () => {
  it('lie on straight lines between the widths that are known, and beyond the last two', () => {
    const target = {
      roundTripMs: 0,
      passMs: [
        [1, 10],
        [3, 14],
        [5, 15],
      ] as const,
    };
    expect([1, 2, 3, 4, 5, 9].map((width) => passMs(target, width))).toEqual([10, 12, 14, 14.5, 15, 17]);
    expect(passMs({ roundTripMs: 0, passMs: [[1, 7]] }, 12)).toBe(7);
  });

  it.each([
    ['a cost is no number >= 0', { draft: { ...draftStep(1), roundTripMs: Number.NaN } }],
    ['a further token of a pass costs more than a pass', { draft: { ...draftStep(1), extraTokenMs: 2 } }],
    ['the overlap is above 1', { overlap: 2 }],
    ['the target has no costs', { target: { roundTripMs: 0, passMs: [] } }],
    [
      'the widths of the target do not ascend',
      {
        target: {
          roundTripMs: 0,
          passMs: [
            [2, 1],
            [1, 1],
          ] as const,
        },
      },
    ],
  ])('are refused when %s', (problem, costs) => {
    expect(() => costsFor(unitProfile(costs), traceHeader())).toThrow(`profile unit: ${problem}`);
  });

  it('may be of the draft that a trace names, and of temperatures above 0', () => {
    const profile = {
      ...unitProfile({ draft: draftStep(0.1), drafts: { draft: draftStep(0.2) } }),
      sampled: unitProfile().costs,
    };
    expect(costsFor(profile, traceHeader({ temperature: 0 })).draft.passMs).toBe(0.2);
    expect(costsFor(profile, traceHeader({ temperature: 1 })).draft.passMs).toBe(0);
  });
});

describe('policies', () => {
  it('start warm from the text before, when their name says so', () => {
    const trace = evenTrace(0.2, 60, 6);
    const lambdas = new Set<number>();
    const policy = {
      name: 'watched',
      create: (previous?: DraftPolicy) => {
        if (previous?.lambda !== undefined) lambdas.add(previous.lambda);
        return createPolicy(parsePolicy('adaedl:warm'), { warmStart: previous?.exportState?.() });
      },
    };
    const request = { trace, profile: unitProfile(), seeds: [1n] };
    const [watched] = replayAll({ ...request, policies: [policy] });
    const [named] = replayAll({ ...request, policies: ['adaedl:warm'] });
    expect(lambdas.size).toBeGreaterThan(1);
    expect({ ...named, policy: '' }).toEqual({ ...watched, policy: '' });
  });

  it('may want weights', () => {
    const request = { trace: evenTrace(0.2, 6), profile: unitProfile(), seeds: [1n], policies: ['learned'] };
    expect(() => replayAll(request)).toThrow('there are no learned weights');
  });
});
