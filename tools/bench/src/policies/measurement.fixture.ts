import type { RoundReport } from '@outrider/contracts';
import type { TimedGeneration } from '../stack/generate.js';
import type { Measurement } from './measurement.js';

export function roundReport(report: Partial<RoundReport>): RoundReport {
  return {
    round: 0,
    drafted: 0,
    accepted: 0,
    stopReason: 'off',
    entropies: [],
    draftMs: 0,
    targetMs: 10,
    draftComputeMs: 0,
    draftPasses: 0,
    draftedBySource: {},
    targetComputeMs: 9,
    targetQueueMs: 0,
    targetBatchSize: 1,
    roundMs: 10,
    ...report,
  };
}

/** Three rounds of a static draft of two: 1, 3 and 2 tokens at 100, 120 and 150 ms. */
export const sampleGeneration: TimedGeneration = {
  sessionId: 's',
  calledAt: 1000,
  promptTokens: 20,
  cachedTokens: 0,
  text: 'A text.',
  arrivalsMs: [100, 120, 150],
  tokenIds: [5, 6, 7, 8, 9, 10],
  roundTokens: [1, 3, 2],
  rounds: [
    roundReport({
      round: 0,
      drafted: 2,
      accepted: 0,
      stopReason: 'max_tokens',
      draftMs: 3,
      draftComputeMs: 2,
      roundMs: 14,
    }),
    roundReport({
      round: 1,
      drafted: 2,
      accepted: 2,
      stopReason: 'max_tokens',
      draftMs: 4,
      draftComputeMs: 3,
      roundMs: 15,
    }),
    roundReport({
      round: 2,
      drafted: 1,
      accepted: 1,
      stopReason: 'end_of_text',
      draftMs: 2,
      draftComputeMs: 1,
      roundMs: 13,
    }),
  ],
  firstTokenMs: 100,
  lastTokenMs: 150,
  finishReason: 'stop',
};

/** `decodeTokens` tokens in `decodeMs` after the first round. */
export function measurement(values: Partial<Measurement>): Measurement {
  return {
    prompt: 'code-1',
    kind: 'code',
    temperature: 0,
    repeat: 0,
    policy: 'off',
    promptTokens: 10,
    completionTokens: 11,
    finishReason: 'length',
    timeToFirstTokenMs: 50,
    totalMs: 150,
    decodeTokens: 10,
    decodeMs: 100,
    decodeComputeMs: 90,
    rounds: 11,
    drafted: 0,
    accepted: 0,
    acceptedHistogram: [11],
    stopReasons: { off: 11 },
    roundMs: 110,
    draftMs: 0,
    targetMs: 110,
    draftComputeMs: 0,
    targetComputeMs: 99,
    ...values,
  };
}
