/** Claims about the schedule of assisted generation in transformers (generation/candidate_generator.py, utils.py). */
import { describe, expect, it } from 'vitest';
import { blockRule } from '../stopping.js';
import { HEURISTIC_DEFAULTS, heuristic, nextHeuristicLength } from './heuristic.js';

const observed = (drafted: number, accepted: number) =>
  ({ drafted, accepted, maxTokens: 64, stopReason: 'max_tokens', figures: [] }) as const;

describe('update_candidate_strategy', () => {
  it('adds two when all matched, else takes one, and keeps at least one', () => {
    expect(nextHeuristicLength(5, 5, 5)).toBe(7);
    expect(nextHeuristicLength(5, 5, 4)).toBe(4);
    expect(nextHeuristicLength(1, 1, 0)).toBe(1);
  });

  it('counts a block that the threshold cut short as matched when all of it did', () => {
    expect(nextHeuristicLength(20, 2, 2)).toBe(22);
  });
});

describe('heuristic', () => {
  it('starts at num_assistant_tokens 20 with assistant_confidence_threshold 0.4', () => {
    expect(HEURISTIC_DEFAULTS).toMatchObject({ initialDraftTokens: 20, confidenceThreshold: 0.4 });
    expect(heuristic().nextLimits()).toMatchObject({ maxTokens: 20, minTokens: 1, minTokenProbability: 0.4 });
  });

  it('follows the rounds, and passes over those without a draft', () => {
    const policy = heuristic();
    const lengths = [observed(20, 20), observed(3, 2), observed(0, 0), observed(21, 21)].map((outcome) => {
      policy.observe(outcome);
      return policy.nextLimits().maxTokens;
    });
    expect(lengths).toEqual([22, 21, 21, 23]);
  });

  it('keeps within the largest length, from which it comes down at once', () => {
    const policy = heuristic({ maxDraftTokens: 7 });
    expect(policy.nextLimits().maxTokens).toBe(7);
    for (let i = 0; i < 9; i++) policy.observe(observed(7, 7));
    expect(policy.nextLimits().maxTokens).toBe(7);
    policy.observe(observed(7, 6));
    expect(policy.nextLimits().maxTokens).toBe(6);
  });

  it('ends a block with a token of less confidence, and keeps it', () => {
    const rule = blockRule(heuristic().nextLimits());
    const sampled = { id: 0, entropy: 3, topProbability: 0.9, candidates: { ids: [0], probabilities: [0.39] } };
    expect(rule.at(sampled)).toBeUndefined();
    expect(rule.after(sampled)).toBe('token_probability');
  });
});
