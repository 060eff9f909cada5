/** pace in simulated worlds: one file, since every test runs it in the same one. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { DraftPolicy } from '../../policy.js';
import { keyedRandom } from '../../random.js';
import { blockRule } from '../../stopping.js';
import type { DraftFigures, DraftSource } from '../../types.js';
import { asPredictor } from './acceptance-estimate.js';
import { predictAcceptance } from '../../predictor.js';
import { staticLength } from '../static.js';
import { pace } from './pace.js';
import type { PaceState } from './state.js';

/** What a policy runs against: milliseconds, and a draft whose sureness varies. */
interface World {
  readonly oneMs: number;
  readonly rowMs: number;
  readonly hopMs: number;
  readonly passMs: number;
  /** What the target takes longer in a round that asks the draft; 0 when absent. */
  readonly visitMs?: number;
  /** A token's acceptance by how its uniform number falls. */
  acceptance(uniform: number): number;
  readonly source?: DraftSource;
  readonly targetSessions?: number;
}

interface Totals {
  tokens: number;
  ms: number;
  drafted: number;
  rounds: number;
}

const world: World = { oneMs: 10, rowMs: 0.5, hopMs: 0.5, passMs: 1, acceptance: (u) => (u < 0.5 ? 0.95 : 0.2) };
const random = keyedRandom(7n);
let drawn = 0;
const uniform = (): number => random.uniform(drawn++, 'draft', 0);

/** Figures of a distribution whose top probability is the token's acceptance. */
function figuresOf(acceptance: number, source: DraftSource): DraftFigures {
  const rest = 1 - acceptance;
  return {
    entropy: -acceptance * Math.log(acceptance) - rest * Math.log(rest / 100),
    topProbability: acceptance,
    source,
  };
}

/** The rounds a policy makes in a world; its clock runs unevenly, as clocks do. */
function run(
  policy: DraftPolicy,
  { acceptance, hopMs, oneMs, passMs, rowMs, source = 'neural', targetSessions = 1, visitMs = 0 }: World,
  rounds: number,
): Totals {
  const totals: Totals = { tokens: 0, ms: 0, drafted: 0, rounds };
  for (let i = 0; i < rounds; i++) {
    const limits = policy.nextLimits();
    const rule = blockRule(limits);
    const figures: DraftFigures[] = [];
    let accepted = 0;
    let passes = 0;
    let alive = true;
    let reason: 'survival' | 'max_tokens' | 'off' = limits.maxTokens === 0 ? 'off' : 'max_tokens';
    while (figures.length < limits.maxTokens) {
      if (source === 'neural' && rule.beforePass()) {
        reason = 'survival';
        break;
      }
      if (source === 'neural') passes++;
      const probability = acceptance(uniform());
      const figure = figuresOf(probability, source);
      const stopping = rule.at(figure);
      if (stopping) reason = 'survival';
      if (stopping?.proposes === false) break;
      figures.push(figure);
      rule.after({ ...figure, id: 1, candidates: { ids: [1], probabilities: [1] } });
      alive &&= uniform() < probability;
      if (alive) accepted++;
      if (stopping) break;
    }
    const draftComputeMs = passes * passMs;
    const draftMs = limits.maxTokens === 0 ? 0 : hopMs + draftComputeMs;
    const targetMs = oneMs + rowMs * figures.length + (draftMs > 0 ? visitMs : 0);
    const mood = 0.95 + 0.1 * uniform() + (uniform() < 0.02 ? 1 : 0);
    const cost = {
      draftMs: draftMs * mood,
      draftComputeMs: draftComputeMs * mood,
      draftPasses: passes,
      draftTaken: limits.maxTokens === 0 ? 0 : 1,
      targetMs: targetMs * mood,
      targetTokens: figures.length + 1,
      targetSessions,
    };
    const { maxTokens } = limits;
    policy.observe({ drafted: figures.length, accepted, maxTokens, stopReason: reason, figures, cost });
    totals.tokens += accepted + 1;
    totals.ms += draftMs + targetMs;
    totals.drafted += figures.length;
  }
  return totals;
}

const rateOf = ({ ms, tokens }: Totals): number => tokens / ms;
const speedup = (totals: Totals, { oneMs }: World): number => rateOf(totals) * oneMs;

// Each test draws the same numbers, whatever ran before it.
beforeEach(() => (drawn = 0));

describe('pace', () => {
  it('drafts on while the draft is sure and stops where it is not', () => {
    const policy = pace();
    run(policy, world, 200);
    const goesOn = (acceptance: number): boolean => {
      const rule = blockRule(policy.nextLimits());
      const figures = figuresOf(acceptance, 'neural');
      if (rule.at(figures)) return false;
      rule.after({ ...figures, id: 1, candidates: { ids: [1], probabilities: [1] } });
      return rule.beforePass() === undefined;
    };
    expect(goesOn(0.95)).toBe(true);
    expect(goesOn(0.2)).toBe(false);
  });

  it('is faster than every fixed length', () => {
    const fixed = Math.max(...[1, 2, 3, 4, 6, 8].map((k) => rateOf(run(staticLength(k), world, 2000))));
    expect(rateOf(run(pace(), world, 2000))).toBeGreaterThan(1.05 * fixed);
  });

  it('learns how acceptance hangs on the figures, and stays monotone', () => {
    // Half as often right as it is sure.
    const wrong: World = { ...world, rowMs: 0.1, passMs: 0.2, acceptance: (u) => 0.05 + 0.45 * u };
    const policy = pace();
    run(policy, { ...wrong }, 600);
    const state = policy.exportState?.() as PaceState;
    const { weights } = asPredictor(state.acceptance.neural);
    expect(weights.sqrtEntropy).toBeLessThanOrEqual(0);
    expect(weights.logTopProbability).toBeGreaterThanOrEqual(0);
    for (const probability of [0.1, 0.25, 0.45]) {
      const estimate = predictAcceptance(asPredictor(state.acceptance.neural), figuresOf(probability, 'neural'), 0);
      expect(Math.abs(estimate - probability)).toBeLessThan(0.12);
    }
  });

  it('drafts nothing where drafting cannot pay, and loses at most 2 % by looking again', () => {
    const dear: World = { ...world, passMs: 12 };
    const policy = pace();
    run(policy, dear, 50);
    const totals = run(policy, dear, 3000);
    expect(speedup(totals, dear)).toBeGreaterThan(0.98);
    expect(totals.drafted).toBeGreaterThan(0);
    expect(totals.drafted / totals.rounds).toBeLessThan(0.05);
  });

  it('comes back when drafting pays again', () => {
    const policy = pace();
    const hopeless: World = { ...world, acceptance: () => 0.02 };
    run(policy, hopeless, 500);
    expect(run(policy, hopeless, 200).drafted).toBeLessThan(60);
    run(policy, world, 600);
    expect(speedup(run(policy, world, 500), world)).toBeGreaterThan(1.3);
  });

  it('keeps to n-grams where only they pay', () => {
    const policy = pace();
    const half = (i: number): World => (i % 2 === 0 ? { ...world, source: 'ngram' } : { ...world, passMs: 40 });
    for (let i = 0; i < 300; i++) run(policy, half(i), 1);
    let refused = 0;
    for (let i = 0; i < 100; i++) {
      const limits = policy.nextLimits();
      // But for trials of the model, and rounds in which the target is measured alone.
      refused += Number(limits.maxTokens > 0 && blockRule(limits).beforePass() === 'survival');
      if (limits.maxTokens > 0) expect(blockRule(limits).at(figuresOf(0.95, 'ngram'))).toBeUndefined();
      run(policy, half(i), 1);
    }
    expect(refused).toBeGreaterThan(50);
  });

  it('asks no n-grams that know nothing, but now and then', () => {
    const policy = pace();
    let asked = 0;
    for (let i = 0; i < 1000; i++) {
      const { maxTokens } = policy.nextLimits();
      if (i >= 200 && maxTokens > 0) asked++;
      const draftMs = maxTokens > 0 ? 0.5 : 0;
      const cost = {
        draftMs,
        draftComputeMs: 0,
        draftPasses: 0,
        draftTaken: Number(maxTokens > 0),
        targetMs: 10,
        targetTokens: 1,
      };
      policy.observe({
        drafted: 0,
        accepted: 0,
        maxTokens,
        stopReason: maxTokens > 0 ? 'no_match' : 'off',
        figures: [],
        cost,
      });
    }
    // A question costs a twentieth of a token, so one in ten rounds is a two-hundredth of the time.
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(200);
  });

  it('counts against the draft what the target loses by its visit', () => {
    // Without that loss, drafting would gain here.
    const close: World = { ...world, acceptance: () => 0.3, rowMs: 0.2, hopMs: 0.2 };
    const policy = pace();
    const visited = { ...close, visitMs: 4 };
    run(policy, visited, 300);
    expect(speedup(run(policy, visited, 1000), visited)).toBeGreaterThan(0.98);
    const unvisited = pace();
    run(unvisited, close, 300);
    expect(speedup(run(unvisited, close, 1000), close)).toBeGreaterThan(1.05);
  });

  it('is not put off by a first block that a cold process makes slow', () => {
    const policy = pace();
    run(policy, { ...world, hopMs: 20, passMs: 60, oneMs: 40 }, 1);
    const totals = run(policy, world, 150);
    expect(totals.drafted).toBeGreaterThan(60);
  });

  it('learns no cost from a draft that failed', () => {
    const policy = pace();
    run(policy, world, 100);
    const { costs } = policy.exportState?.() as PaceState;
    const cost = { draftMs: 5000, draftComputeMs: 0, draftPasses: 0, draftTaken: 0, targetMs: 10, targetTokens: 1 };
    policy.observe({ drafted: 0, accepted: 0, maxTokens: 16, stopReason: 'draft_unavailable', figures: [], cost });
    expect(policy.exportState?.()).toMatchObject({ costs });
  });

  it('asks less of a target whose passes many share, and learns what is dear there apart', () => {
    const drafted = (targetSessions: number): number => {
      const policy = pace();
      const sure = { ...world, rowMs: 1, acceptance: () => 0.6 };
      return run(policy, { ...sure, targetSessions }, 400).drafted;
    };
    expect(drafted(8)).toBeLessThan(drafted(1) / 4);
    const policy = pace();
    run(policy, world, 100);
    const alone = (policy.exportState?.() as PaceState).costs;
    run(policy, { ...world, targetSessions: 8 }, 100);
    const both = (policy.exportState?.() as PaceState).costs;
    expect(both[0]).toEqual(alone[0]);
    expect(both[3]).toBeDefined();
  });

  it('starts where another generation left off', () => {
    const first = pace();
    run(first, world, 300);
    const exported: unknown = JSON.parse(JSON.stringify(first.exportState?.()));
    const second = pace({}, exported);
    const [learned, taken] = [first.exportState?.() as PaceState, second.exportState?.() as PaceState];
    expect(taken.costs).toEqual(learned.costs);
    expect(taken.acceptance.neural.mean).toEqual(learned.acceptance.neural.mean);
    expect(taken.sureness.neural.first.shares).toEqual(learned.sureness.neural.first.shares);
    // Another text may be another matter.
    expect(taken.acceptance.neural.covariance[0]?.[0]).toBeGreaterThan(
      learned.acceptance.neural.covariance[0]?.[0] ?? 9,
    );
    expect(taken.sureness.neural.first.count).toBeLessThan(learned.sureness.neural.first.count);
    const cold = pace();
    const dear: World = { ...world, passMs: 12 };
    run(cold, dear, 300);
    expect(pace({}, cold.exportState?.()).nextLimits().maxTokens).toBe(0);
  });

  it('measures the target alone, at first and again now and then', () => {
    const certain: World = { ...world, acceptance: () => 0.98 };
    const policy = pace();
    expect(policy.nextLimits().maxTokens).toBe(0);
    run(policy, certain, 300);
    let alone = 0;
    for (let i = 0; i < 300; i++) {
      alone += Number(policy.nextLimits().maxTokens === 0);
      run(policy, certain, 1);
    }
    expect(alone).toBeGreaterThanOrEqual(2);
    expect(alone).toBeLessThanOrEqual(8);
  });

  it('works without a clock', () => {
    const policy = pace();
    for (let i = 0; i < 100; i++) {
      const { maxTokens } = policy.nextLimits();
      policy.observe({
        drafted: 1,
        accepted: i % 2,
        maxTokens,
        stopReason: 'survival',
        figures: [figuresOf(0.5, 'neural')],
      });
    }
    expect(policy.nextLimits().maxTokens).toBe(16);
  });

  it('has a largest length, and says it in its name', () => {
    expect(pace({ maxDraftTokens: 5 })).toMatchObject({ name: 'pace@5' });
    const policy = pace({ maxDraftTokens: 5 });
    run(policy, world, 2);
    expect(policy.nextLimits().maxTokens).toBe(5);
    expect(() => pace({ maxDraftTokens: 0 })).toThrow(/maxDraftTokens/);
  });
});
