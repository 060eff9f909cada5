import { check } from 'prettier';
import { describe, expect, it } from 'vitest';
import { withRatios } from '../engine/curve.js';
import { sampleSummaries } from '../load/load.fixture.js';
import { measurement } from '../policies/measurement.fixture.js';
import { summarize } from '../policies/summary.js';
import { summarizeReuse } from '../sessions/reuse.js';
import { studyResult } from '../study/study.fixture.js';
import { type CommittedResults, measuredSection, replaceSection } from './readme.js';

const origin = {
  command: 'npm run bench',
  date: '2026-01-02T03:04:05.678Z',
  commit: '0123456789abcdef',
  machine: { processor: 'Some CPU', cores: 2, memoryGiB: 8, system: 'linux', node: 'v20.20.2' },
};
const target = { name: 'big', fingerprint: 'f' };
const draft = { name: 'small', fingerprint: 'f' };

const results: CommittedResults = {
  policies: {
    benchmark: 'policies',
    ...origin,
    settings: {
      prompts: 1,
      policies: ['off', 'adaedl'],
      temperatures: [0],
      maxTokens: 8,
      repeat: 1,
      threads: 2,
      seed: '1',
    },
    models: { target, draft },
    summaries: summarize([measurement({}), measurement({ policy: 'adaedl', decodeMs: 80 })], [0], ['off', 'adaedl']),
    equality: { prompts: 1, differingPrompts: 0, differences: [] },
    peakMemoryMiB: { draft: 100.4, target: 200 },
  },
  engine: {
    benchmark: 'engine',
    ...origin,
    settings: { widths: [1], contexts: [64], temperatures: [0], repeat: 1, candidates: 64, threads: 2 },
    models: { target, draft },
    points: withRatios([
      { temperature: 0, context: 64, what: 'target', width: 1, medianMs: 6, minMs: 5, medianCallMs: 7 },
      { temperature: 0, context: 64, what: 'draft', width: 1, medianMs: 1.5, minMs: 1, medianCallMs: 2 },
    ]),
  },
  peer: {
    benchmark: 'peer',
    ...origin,
    settings: { prompts: 1, policies: ['off'], maxTokens: 8, repeat: 1, threads: 2, seed: '1' },
    models: { target, draft },
    peer: { name: 'other', version: '1.2.3' },
    contenders: [
      { contender: 'other', completionTokens: 8, decodeTokensPerSecond: 50, medianTimeToFirstTokenMs: 80 },
      {
        contender: 'off',
        completionTokens: 8,
        decodeTokensPerSecond: 125,
        medianDecodeTokensPerSecond: 124,
        medianTimeToFirstTokenMs: 60,
        ratioToPeer: { overall: 2.5, median: 2.4 },
      },
    ],
    textAgreement: 0.5,
    peakMemoryMiB: {},
  },
  quality: {
    benchmark: 'quality',
    ...origin,
    settings: { chunkTokens: 512, chunks: 1, candidates: 256, threads: 2 },
    models: { target },
    positions: 511,
    referencePerplexity: 20,
    importedPerplexity: 20.1,
    perplexityRatio: 1.005,
    meanDivergence: 0.01,
    bestTokenAgreement: 0.95,
    chunkRatios: [1.005],
  },
  study: studyResult(),
  load: {
    benchmark: 'load',
    ...origin,
    settings: {
      streams: [1, 8],
      requests: 2,
      policies: ['adaedl'],
      maxTokens: 128,
      repeat: 1,
      temperature: 0,
      threads: 2,
      slots: 8,
      cacheTokens: 0,
    },
    models: { target, draft },
    summaries: sampleSummaries,
    texts: {
      compared: 16,
      differences: [
        { policy: 'adaedl', streams: 8, lap: 0, prompt: 'code-1', firstDifference: 9, marginNats: 0.012, tie: true },
      ],
    },
  },
  sessions: {
    benchmark: 'sessions',
    ...origin,
    settings: { policy: 'adaedl', repeat: 1, sessions: 8, threads: 2, seed: '1', redis: true },
    models: { target, draft },
    reuse: summarizeReuse([
      { case: 'cold conversation', sample: 0, promptTokens: 1020, cachedTokens: 0, firstTokenMs: 500 },
      { case: 'next turn', sample: 0, promptTokens: 1070, cachedTokens: 1040, firstTokenMs: 60 },
    ]),
    soak: {
      sessions: 8,
      endings: { closed: 2, left: 3, 'given up': 2, 'given up at once': 1 },
      seconds: 3,
      memory: [],
      leftOver: { target: { slots: 4, slotsInUse: 0, queued: 0, cachedTokens: 99, cacheTokens: 16384 } },
      redis: { keys: 12, keysWithoutExpiry: 0, leases: 0 },
      growth: { target: { firstMiB: 300, lastMiB: 400, lastHalfRatio: 1.01 } },
    },
  },
};

describe('the measured part of the README', () => {
  const section = measuredSection(results);

  it('shows every result, and where it comes from', () => {
    expect(section).toMatch(/\| adaedl \| +125\.0 \| +125\.0 \| +1\.25 \| +1\.25 \|/);
    expect(section).toContain('all policies gave the same text, token for token, for all 1 prompts');
    expect(section).toContain('draft 100 MiB, target 200 MiB');
    expect(section).toContain('| 1 token    |     6.00 |  1.00 |');
    expect(section).toMatch(/\| Outrider, three services, off \| +125\.0 \| +124\.0 \| +2\.50 \|/);
    expect(section).toContain('20.100 as imported, 20.000 in float (+0.50 %)');
    for (const name of ['policies', 'engine', 'peer', 'quality', 'study', 'load', 'sessions'])
      expect(section).toContain(`tools/bench/results/${name}.json`);
    expect(section).toContain('at commit 0123456789, Some CPU, 2 cores');
  });

  it('shows the study: its tables for this machine and the A100, what holds, and its plots', () => {
    expect(section).toMatch(/Draft default, temperature 0, real runs:\n\n\| policy +\|/);
    expect(section).toMatch(/\| adaedl@7 +\| +125\.0 \| +\+25 % \| +\+50 % \| +\+1[23] % \| +\+6 % \|/);
    expect(section).toContain('Draft default, temperature 1, simulated: some other machine:');
    expect(section).toContain('<summary>The same at 0.5</summary>');
    expect(section).toMatch(/\| real +\| default \| 1\.33 \(1\.33–1\.33\) \|/);
    expect(section).toContain('- Holds: pace with its best draft at temperature 0, real');
    for (const name of ['throughput', 'accepted-length', 'bound', 'lambda', 'ceiling'])
      expect(section).toContain(`(tools/bench/results/plots/${name}.svg)`);
  });

  it('shows streams side by side, and what sessions save and leave', () => {
    expect(section).toMatch(/\| adaedl \| +8 \| +332\.8 \| +2\.60 \|/);
    expect(section).toContain('1 of 16 texts differ from those of one stream, 1 of them at a tie');
    expect(section).toMatch(/\| next turn +\| +1070 \| +1040 \| +60\.0 \| +12\.0 % \|/);
    expect(section).toContain('0 of 12 keys without expiry and 0 leases');
    expect(section).toContain('target 400 MiB (× 1.010)');
  });

  it('is laid out as the formatter wants it', async () => {
    const readme = replaceSection('# Title\n\n<!-- bench:start -->\n<!-- bench:end -->\n', section);
    expect(await check(readme ?? '', { parser: 'markdown' })).toBe(true);
  });

  it('leaves out what was not measured', () => {
    const nothing = {
      policies: undefined,
      engine: undefined,
      peer: undefined,
      quality: undefined,
      study: undefined,
      load: undefined,
      sessions: undefined,
    };
    expect(measuredSection(nothing)).toBe('');
    expect(measuredSection({ ...nothing, engine: results.engine })).not.toContain('policies.json');
  });
});

describe('between the markers', () => {
  const readme = 'before\n<!-- bench:start -->\nold\n<!-- bench:end -->\nafter\n';

  it('the old part is replaced and the rest is kept', () => {
    const once = replaceSection(readme, 'new\n');
    expect(once).toBe('before\n<!-- bench:start -->\n\nnew\n\n<!-- bench:end -->\nafter\n');
    expect(replaceSection(once ?? '', 'new\n')).toBe(once);
  });

  it('nothing stands when nothing was measured', () => {
    expect(replaceSection(readme, '')).toBe('before\n<!-- bench:start -->\n<!-- bench:end -->\nafter\n');
  });

  it('nothing is changed when one is missing', () => {
    expect(replaceSection('no markers', 'new')).toBeUndefined();
    expect(replaceSection('<!-- bench:end --> <!-- bench:start -->', 'new')).toBeUndefined();
  });
});
