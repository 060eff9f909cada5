import { describe, expect, it } from 'vitest';
import { SpeculationError } from '../../error.js';
import { pace } from './pace.js';
import { type PaceState, costsNow, readPaceState } from './state.js';

describe('a warm start', () => {
  const state = pace().exportState?.() as PaceState;
  const costs = costsNow(state);

  it.each<[string, unknown]>([
    ['warmStart', 7],
    ['warmStart.acceptance', { ...state, acceptance: null }],
    [
      'warmStart.acceptance.neural.mean',
      { ...state, acceptance: { ...state.acceptance, neural: { ...state.acceptance.neural, mean: [1] } } },
    ],
    ['warmStart.costs[0].rate.ms', { ...state, costs: [{ ...costs, rate: { tokens: 1, ms: -1 } }] }],
    ['warmStart.ngramShare', { ...state, ngramShare: NaN }],
    [
      'warmStart.sureness.ngram.later',
      { ...state, sureness: { ...state.sureness, ngram: { first: state.sureness.ngram.first } } },
    ],
    [
      'warmStart.costs[1].estimate.target.slope.mean',
      {
        ...state,
        costs: [null, { ...costs, estimate: { target: { ...costs.estimate.target, slope: { variance: 1 } } } }],
      },
    ],
  ])('is refused naming %s', (field, value) => {
    let error: unknown;
    try {
      readPaceState(value);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SpeculationError);
    expect((error as SpeculationError).field).toMatch(new RegExp(`^${field.replaceAll(/[.[\]]/g, '\\$&')}`));
  });
});
