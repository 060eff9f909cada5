/** The load benchmark, small, on real services. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { recordingContext } from '../context.fixture.js';
import { runLoad } from './command.js';
import type { LoadResult } from './result.js';
import type { LoadLap } from './summary.js';

it('measures streams side by side, and finds that they do not change each other’s texts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-load-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const output = join(folder, 'load.json');
  const context = recordingContext(AbortSignal.timeout(100_000));
  const plan = { streams: [1, 3], requests: 1, policies: ['off', 'static:2'], maxTokens: 8, repeat: 1 };
  await runLoad({ ...plan, threads: 1, cacheTokens: 0, output }, context);

  const result = JSON.parse(await readFile(output, 'utf8')) as LoadResult;
  expect(result).toMatchObject({ benchmark: 'load', settings: { ...plan, slots: 3, threads: 1 } });
  expect(result.summaries.map(({ policy, streams }) => `${policy} ${streams}`)).toEqual([
    ...['off 1', 'off 3', 'static:2 1', 'static:2 3'],
  ]);
  for (const summary of result.summaries) {
    expect(summary.completionTokens).toBe(24);
    expect(summary.perTokenMs.p99).toBeGreaterThanOrEqual(summary.perTokenMs.median);
    expect(summary.meanBatchSize).toBeGreaterThanOrEqual(1);
    expect(summary.meanBatchSize).toBeLessThanOrEqual(summary.streams);
    expect(summary.cachedTokens).toBe(0);
  }
  expect(result.texts.compared).toBe(6);
  expect(result.texts.differences.filter(({ tie }) => !tie)).toEqual([]);
  const lines = (await readFile(join(folder, 'load.measurements.jsonl'), 'utf8')).trim().split('\n');
  const laps = lines.map((line) => JSON.parse(line) as LoadLap);
  expect(laps.find(({ streams }) => streams === 3)?.byStream.map(({ tokens }) => tokens)).toEqual([8, 8, 8]);
  expect(context.output.join('')).toMatch(/^policy +streams +tokens\/s/);
});
