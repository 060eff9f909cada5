/** Traces made up for tests. */
import type { DraftKind } from '@outrider/speculation';
import type { PromptKind } from '../workload/prompts.js';
import { type OffPath, TRACE_FORMAT, type Trace, type TraceHeader, type TraceText } from './types.js';

export function traceHeader(settings: Partial<TraceHeader['settings']> = {}): TraceHeader {
  return {
    format: TRACE_FORMAT,
    command: 'npm run bench -- record',
    date: '2026-01-01T00:00:00.000Z',
    machine: { processor: 'none', cores: 1, memoryGiB: 1, system: 'none', node: process.version },
    settings: {
      temperature: 1,
      draftKind: 'neural' satisfies DraftKind,
      seed: '1',
      prompts: 1,
      maxTokens: 64,
      offPathDepth: 2,
      candidates: 64,
      threads: 1,
      ...settings,
    },
    models: { target: { name: 'target', fingerprint: 'a' }, draft: { name: 'draft', fingerprint: 'b' } },
  };
}

/** As many places as `acceptance` has numbers, all alike but for those and what `others` says. */
export function traceText(acceptance: readonly number[], others: Partial<TraceText> = {}): TraceText {
  const all = <T>(value: T): T[] => acceptance.map(() => value);
  const behind: OffPath = { sources: 'nn', entropy: [3, 3], topProbability: [0.2, 0.2], tokenProbability: [0.1, 0.1] };
  return {
    prompt: 'code-1',
    kind: 'code' satisfies PromptKind,
    promptTokens: 10,
    finishReason: 'length',
    tokens: acceptance.map((_, i) => i),
    sources: 'n'.repeat(acceptance.length),
    entropy: all(1),
    topProbability: all(0.6),
    acceptance,
    expectedAcceptance: acceptance,
    acceptedProbability: all(0.6),
    rejectedProbability: all(0.1),
    offPath: acceptance.map((probability) => (probability < 1 ? behind : null)),
    draftMs: all(1),
    targetMs: all(8),
    ...others,
  };
}

/** Texts in which every drafted token is accepted with the same probability. */
export function evenTrace(probability: number, length: number, texts = 1): Trace {
  return {
    header: traceHeader({ maxTokens: length, prompts: texts }),
    texts: Array.from({ length: texts }, () => traceText(Array.from({ length }, () => probability))),
  };
}
