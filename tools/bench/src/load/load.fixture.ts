import { roundReport, sampleGeneration } from '../policies/measurement.fixture.js';
import type { LoadFigures } from './figures.js';
import type { LoadCompletion } from './step.js';
import { summarizeLoad } from './summary.js';

/** Three rounds of 1, 3 and 2 tokens at 100, 120 and 150 ms after a call at 1000. */
export function completion(values: Partial<LoadCompletion> = {}): LoadCompletion {
  const rounds = [2, 2, 1].map((targetBatchSize, round) => roundReport({ round, targetBatchSize, targetQueueMs: 3 }));
  return { ...sampleGeneration, prompt: 'code-1', rounds, ...values };
}

export function figures(values: Partial<LoadFigures> = {}): LoadFigures {
  const spread = { median: 5, p99: 15, p99OverMedian: 3 };
  return {
    completionTokens: 256,
    durationMs: 2000,
    tokensPerSecond: 128,
    decodeTokensPerSecond: 150,
    perTokenMs: spread,
    firstTokenMs: spread,
    slowestOverFastest: 1,
    meanBatchSize: 1,
    meanTargetQueueMs: 0,
    meanAcceptanceLength: 1.5,
    cachedTokens: 0,
    ...values,
  };
}

/** Two steps of one lap. */
export const sampleSummaries = summarizeLoad(
  [1, 8].map((streams) => ({
    policy: 'adaedl',
    streams,
    lap: 0,
    figures: figures({ tokensPerSecond: 128 * (streams === 8 ? 2.6 : 1) }),
    byStream: [],
    peakMemoryMiB: { draft: 200.4, target: 400 },
  })),
  ['adaedl'],
  [1, 8],
);
