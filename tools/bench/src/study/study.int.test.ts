/** A whole study, small and without real runs: the default draft's trace is recorded, replayed, compared and drawn. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordingContext } from '../context.fixture.js';
import { runStudy } from './command.js';
import type { StudyOptions } from './plan.js';
import type { StudyLine, StudyResult } from './types.js';

let folder: string;
let result: StudyResult;
let printed: string;
const options = (): StudyOptions => ({
  prompts: 2,
  maxTokens: 12,
  temperatures: [0, 1],
  lengths: [3, 7],
  drafts: ['default'],
  real: false,
  profiles: ['a100-llama2-7b', 'no-gain'],
  repeat: 1,
  seeds: 2,
  threads: 2,
  seed: 1n,
  output: join(folder, 'study.json'),
  plots: join(folder, 'plots'),
});
const read = async <T>(name: string): Promise<T> => JSON.parse(await readFile(join(folder, name), 'utf8')) as T;
const lines = async (): Promise<string[]> =>
  (await readFile(join(folder, 'study.measurements.jsonl'), 'utf8')).trimEnd().split('\n');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-study-'));
  const context = recordingContext(AbortSignal.timeout(240_000));
  await runStudy(options(), context);
  printed = context.output.join('');
  result = await read('study.json');
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a study', () => {
  it('compares every policy in every cell, and keeps the whole grid beside the result', async () => {
    const cells = (await lines()).slice(1).map((line) => JSON.parse(line) as StudyLine);
    const whole = cells.flatMap((line) => (line.type === 'cell' ? [line.cell] : []));
    expect(whole.map(({ source, temperature }) => `${source} ${temperature}`)).toEqual(
      expect.arrayContaining(['a100-llama2-7b 0', 'no-gain 0', 'a100-llama2-7b 1', 'no-gain 1']),
    );
    for (const { rows } of whole) {
      expect(rows.map(({ policy }) => policy)).toEqual(result.settings.replayPolicies);
      for (const { ceilingShare } of rows) expect(ceilingShare).toBeLessThanOrEqual(1.00001);
    }
    expect(result.cells.flatMap(({ rows }) => rows.map(({ policy }) => policy))).not.toContain('adaedl@3');
    expect(result.checks.map(({ name }) => name).join()).toMatch(/adaedl@7 under the A100 profile.*cannot pay/);
    expect(result.bound.length).toBeGreaterThan(0);
    expect(printed).toMatch(/simulated: .*\npolicy +tokens\/s +over off/);
  });

  it('draws its plots', async () => {
    const files = await readdir(join(folder, 'plots'));
    expect(files).toEqual(expect.arrayContaining(['bound.svg', 'ceiling.svg', 'lambda.svg', 'throughput.svg']));
    expect(await readFile(join(folder, 'plots', 'throughput.svg'), 'utf8')).toContain('adaedl@7');
  });

  it('takes nothing up twice, and says the same again', async () => {
    const before = await lines();
    await runStudy(options(), recordingContext(AbortSignal.timeout(120_000)));
    expect(await lines()).toEqual(before);
    expect((await read<StudyResult>('study.json')).cells).toEqual(result.cells);
  }, 150_000);
});
