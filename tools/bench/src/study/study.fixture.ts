/** A study made up for tests. */
import type { PromptKind } from '../workload/prompts.js';
import { cellOf } from './cell.js';
import { studyChecks } from './checks.js';
import type { CellKey, Figures, StudyCell, StudyResult } from './types.js';

export function figuresOf(policy: string, prompt: string, decodeMs: number, others: Partial<Figures> = {}): Figures {
  return {
    prompt,
    kind: prompt.replace(/-\d+$/, '') as PromptKind,
    temperature: 0,
    repeat: 0,
    policy,
    completionTokens: 11,
    decodeTokens: 10,
    decodeMs,
    rounds: 5,
    drafted: policy === 'off' ? 0 : 20,
    accepted: policy === 'off' ? 0 : 6,
    ...others,
  };
}

/** Milliseconds of each policy for 10 tokens, the same on every prompt but for what `jitter` adds to the second one. */
export function cellWith(key: CellKey, ms: Readonly<Record<string, number>>, jitter = 0): StudyCell {
  const replayed = key.source === 'real' ? {} : { totalMs: 60, ceilingMs: 30 };
  const figures = Object.entries(ms).flatMap(([policy, each]) => [
    figuresOf(policy, 'code-1', each, { ...replayed, temperature: key.temperature }),
    figuresOf(policy, 'lists-1', each + jitter, { ...replayed, temperature: key.temperature }),
  ]);
  return cellOf(key, Object.keys(ms), figures);
}

const MS = {
  off: 100,
  'static:1': 90,
  'static:7': 120,
  'adaedl@7': 80,
  'max-confidence@7': 85,
  'learned@7': 84,
  pace: 75,
};

export function studyResult(): StudyResult {
  const cells = ['real', 'this-machine', 'a100-llama2-7b'].flatMap((source) =>
    [0, 0.5, 1].map((temperature) => cellWith({ source, draft: 'default', temperature }, MS)),
  );
  return {
    benchmark: 'study',
    command: 'npm run bench -- study',
    date: '2026-01-02T03:04:05.678Z',
    commit: '0123456789abcdef',
    machine: { processor: 'Some CPU', cores: 2, memoryGiB: 8, system: 'linux', node: 'v20.20.2' },
    settings: {
      prompts: 2,
      maxTokens: 11,
      temperatures: [0, 0.5, 1],
      lengths: [7],
      drafts: ['default'],
      replayPolicies: Object.keys(MS),
      replaySeeds: 1,
      profiles: ['this-machine', 'a100-llama2-7b'],
      real: { prompts: 2, temperatures: [0, 0.5, 1], policies: Object.keys(MS), repeat: 1 },
      threads: 1,
      seed: '1',
    },
    models: { target: { name: 'big', fingerprint: 'f' }, drafts: { default: { name: 'small', fingerprint: 'g' } } },
    profiles: [
      { name: 'this-machine', title: 'as measured', simulated: false },
      { name: 'a100-llama2-7b', title: 'some other machine', simulated: true },
    ],
    checks: studyChecks(cells),
    shown: 7,
    cells,
    bound: [
      { draft: 'default', temperature: 0, from: 0, to: 0.25, places: 3, acceptance: 0.95, bound: 0.9 },
      { draft: 'default', temperature: 0, from: 4, places: 5, acceptance: 0.2, bound: 0.05 },
    ],
    lambda: [
      { policy: 'adaedl@7', draft: 'default', temperature: 0, profile: 'a100-llama2-7b', lambda: [0.5, 0.501, 0.502] },
    ],
  };
}
