/** The whole benchmark, small: real models, three service processes, and the arithmetic of what is written. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordingContext } from '../context.fixture.js';
import { runPolicies } from './command.js';
import type { Measurement } from './measurement.js';
import type { PolicyResult } from './result.js';

const policies = ['off', 'static:2', 'adaedl'];
let folder: string;
let result: PolicyResult;
let measurements: Measurement[];
let printed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-bench-test-'));
  const context = recordingContext(AbortSignal.timeout(240_000));
  const output = join(folder, 'policies.json');
  const options = {
    prompts: 2,
    policies,
    temperatures: [0, 1],
    maxTokens: 10,
    repeat: 2,
    threads: 2,
    seed: 5n,
    output,
  };
  await runPolicies(options, context);
  printed = context.output.join('');
  result = JSON.parse(await readFile(output, 'utf8')) as PolicyResult;
  const lines = (await readFile(join(folder, 'policies.measurements.jsonl'), 'utf8')).trimEnd().split('\n');
  measurements = lines.map((line) => JSON.parse(line) as Measurement);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a run of the policies', () => {
  it('says how, where and on what it was measured', () => {
    expect(result).toMatchObject({
      benchmark: 'policies',
      command: 'npm run bench',
      settings: { prompts: 2, policies, temperatures: [0, 1], maxTokens: 10, repeat: 2, threads: 2, seed: '5' },
      models: { target: { name: 'smollm2-135m-instruct' }, draft: { name: 'smollm2-draft-4l' } },
      machine: { node: process.version },
    });
    expect(Date.parse(result.date)).not.toBeNaN();
  });

  it('measures every prompt with every policy, at every temperature, in every lap, once', () => {
    const keys = measurements.map(({ prompt, policy, temperature, repeat }) =>
      [prompt, policy, temperature, repeat].join(),
    );
    expect(keys).toHaveLength(2 * 3 * 2 * 2);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('follows each policy by others', () => {
    const firsts = measurements.filter((_, i) => i % policies.length === 0).map(({ policy }) => policy);
    expect(new Set(firsts).size).toBe(policies.length);
  });

  it('keeps counts that add up', () => {
    for (const each of measurements) {
      expect(each.completionTokens).toBeLessThanOrEqual(10);
      expect(each.accepted).toBeLessThanOrEqual(each.drafted);
      // Each round gives its accepted tokens and one more, unless the last accepted one ended the text.
      expect(each.completionTokens - each.accepted - each.rounds).toBeLessThanOrEqual(0);
      expect(each.completionTokens - each.accepted - each.rounds).toBeGreaterThanOrEqual(-1);
      expect(each.acceptedHistogram.reduce((a, b) => a + b)).toBe(each.rounds);
      expect(each.acceptedHistogram.reduce((a, count, accepted) => a + count * accepted, 0)).toBe(each.accepted);
      expect(each.totalMs - each.timeToFirstTokenMs).toBeCloseTo(each.decodeMs, 0);
      if (each.policy === 'off') expect(each).toMatchObject({ drafted: 0, rounds: each.completionTokens });
      else expect(each.drafted).toBeGreaterThan(0);
    }
  });

  it('summarises what it measured', () => {
    for (const summary of result.summaries) {
      const own = measurements.filter(
        ({ policy, temperature, kind }) =>
          policy === summary.policy &&
          temperature === summary.temperature &&
          (summary.kind === 'all' || kind === summary.kind),
      );
      const total = (figure: (each: Measurement) => number): number => own.map(figure).reduce((a, b) => a + b, 0);
      const near = (value: number | undefined, expected: number): void =>
        expect(Math.abs((value ?? Number.NaN) / expected - 1)).toBeLessThan(1e-3);
      expect(summary.generations).toBe(own.length);
      expect(summary.drafted).toBe(total((each) => each.drafted));
      expect(summary.thrownAway).toBe(total((each) => each.drafted - each.accepted));
      near(summary.decodeTokensPerSecond, total((each) => each.decodeTokens) / (total((each) => each.decodeMs) / 1000));
      near(summary.meanAcceptanceLength, total((each) => each.completionTokens) / total((each) => each.rounds));
      const compute = total((each) => each.draftComputeMs + each.targetComputeMs);
      near(summary.overheadShare, 1 - compute / total((each) => each.roundMs));
      expect(summary.overheadShare).toBeGreaterThan(0);

      const off = result.summaries.find(
        ({ policy, kind, temperature }) =>
          policy === 'off' && kind === summary.kind && temperature === summary.temperature,
      );
      near(summary.ratioToOff?.overall, (summary.decodeTokensPerSecond ?? 0) / (off?.decodeTokensPerSecond ?? 0));
    }
    expect(result.summaries.map(({ kind }) => kind)).toContain('code');
  });

  it('finds the same text whatever the policy, at temperature 0', () => {
    expect(result.equality).toEqual({ prompts: 2, differingPrompts: 0, differences: [] });
  });

  it('prints a table for each temperature', () => {
    expect(printed).toMatch(/^Temperature 0\npolicy +tokens\/s/);
    expect(printed).toContain('\nTemperature 1\n');
    for (const policy of policies) expect(printed).toContain(`\n${policy} `);
  });

  it('leaves the two files and nothing else', async () => {
    expect((await readdir(folder)).sort()).toEqual(['policies.json', 'policies.measurements.jsonl']);
  });
});
