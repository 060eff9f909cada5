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
        draft_lost: false,
        positions: [
          { drafted: 2, accepted: 1 },
          { drafted: 1, accepted: 1 },
          { drafted: 1, accepted: 0 },
        ],
        accepted_lengths: [2, 0, 1],
        mean_entropy: 0.65,
        discarded: 2,
        discarded_passes: 1,
        accepted_tokens: 2,
        recovered_tokens: 2,
        bonus_tokens: 1,
        sources: { neural: { drafted: 3, accepted: 1 }, ngram: { drafted: 1, accepted: 1 } },
        draft_passes: 4,
      },
      timing: {
        time_to_first_token_ms: 43.2,
        total_ms: 90,
        tokens_per_second: 142.34,
        draft_ms: 3,
        target_ms: 15,
        queue_ms: 0,
        network_ms: 6,
      },
      finish_reason: 'length',
      stop: null,
      draft_kind: 'hybrid',
      session_id: 's-1',
      target_replica: '127.0.0.1:4002',
      draft_replica: '127.0.0.1:4001',
      seed: '7',
    });
  });

  it('leaves no statistic of the final message out', () => {
    const { speculation, timing } = sampleGeneration().finished;
    const report = jsonReport(sampleGeneration());
    const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    expect(Object.keys(report.speculation).map(camelCase).sort()).toEqual(Object.keys(speculation).sort());
    expect(Object.keys(report.timing).map(camelCase).sort()).toEqual(Object.keys(timing).sort());
  });

  it('names the stop string, and the seed as it is', () => {
    const generation = sampleGeneration();
    const finished = { ...generation.finished, reason: 'stop' as const, stop: '\n\n' };
    const started = { ...generation.started, seed: 2n ** 64n - 1n };
    const report = jsonReport({ ...generation, started, finished });
    expect(report).toMatchObject({ finish_reason: 'stop', stop: '\n\n', seed: '18446744073709551615' });
  });

  it('gives each token its log-probabilities when they were asked for', () => {
    const top = [
      { id: 11, text: 'The', logprob: -0.25 },
      { id: 21, text: 'A', logprob: -1.75 },
    ];
    const token = { id: 11, text: 'The', source: 'accepted' as const, logprob: -0.25 };
    const tokens = [
      { ...token, topLogprobs: top },
      { ...token, topLogprobs: [] },
    ];
    const report = jsonReport({ ...sampleGeneration(), tokens });
    expect(report.tokens).toEqual([
      { ...token, top_logprobs: top },
      { ...token, top_logprobs: [] },
    ]);
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
