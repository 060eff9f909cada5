import { describe, expect, it } from 'vitest';
import { sampleGeneration } from './generation.fixture.js';
import { jsonReport } from './json-report.js';

describe('jsonReport', () => {
  it('has exactly these fields', () => {
    expect(JSON.parse(JSON.stringify(jsonReport(sampleGeneration())))).toEqual({
      text: 'The cat sat.\u001b[2J!',
      tokens: [
        { id: 11, text: 'The', source: 'accepted' },
        { id: 12, text: ' cat', source: 'accepted' },
        { id: 13, text: ' sat', source: 'recovered' },
        { id: 14, text: '.\u001b[2J', source: 'recovered' },
        { id: 15, text: '\ufffd', source: 'bonus' },
      ],
      usage: { prompt_tokens: 38, completion_tokens: 5, cached_tokens: 3 },
      speculation: {
        policy: 'adaedl',
        rounds: 3,
        drafted: 4,
        accepted: 2,
        acceptance_rate: 0.5,
        mean_acceptance_length: 5 / 3,
        stop_reasons: { max_tokens: 1, entropy: 1, off: 1 },
      },
      timing: { time_to_first_token_ms: 43.2, tokens_per_second: 142.34 },
      finish_reason: 'length',
    });
  });

  it('adds a comparison only when there is one', () => {
    const report = jsonReport(sampleGeneration(), {
      tokensPerSecond: 150,
      targetOnlyTokensPerSecond: 100,
      speedup: 1.5,
      sameText: undefined,
      runs: [{ policy: 'off', tokensPerSecond: 100, tokens: [1, 2, 3] }],
    });
    expect(report.comparison).toEqual({
      tokens_per_second: 150,
      target_only_tokens_per_second: 100,
      speedup: 1.5,
      same_text: null,
      runs: [{ policy: 'off', tokens_per_second: 100, tokens: 3 }],
    });
  });
});
