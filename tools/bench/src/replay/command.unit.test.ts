import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recordingContext } from '../context.fixture.js';
import { writeTrace } from '../trace/file.js';
import { evenTrace } from '../trace/trace.fixture.js';
import { runReplay } from './command.js';
import type { ReplayRow } from './types.js';

it('prints a table for each trace and profile, and keeps the rows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-replay-test-'));
  try {
    const trace = join(folder, 'even.jsonl');
    await writeTrace(trace, evenTrace(0.6, 30, 4));
    const context = recordingContext(new AbortController().signal);
    const output = join(folder, 'rows.json');
    const policies = ['off', 'static:3'];
    await runReplay(
      [trace],
      { policies, profiles: ['a100-llama2-7b', 'no-gain'], seeds: 3, seed: 1n, output },
      context,
    );
    const printed = context.output.join('');
    expect(printed.match(/^static:3 /gm)).toHaveLength(2);
    expect(printed).toContain('target with draft (neural), temperature 1\nsimulated: the setting of AdaEDL');
    const rows = JSON.parse(await readFile(output, 'utf8')) as (ReplayRow & { trace: string })[];
    expect(rows.filter(({ kind }) => kind === 'all').map(({ policy, profile }) => [policy, profile])).toEqual([
      ['off', 'a100-llama2-7b'],
      ['static:3', 'a100-llama2-7b'],
      ['off', 'no-gain'],
      ['static:3', 'no-gain'],
    ]);
    expect(rows.every((row) => row.trace === trace && row.generations === 12)).toBe(true);
    await expect(runReplay([trace], { policies, profiles: ['x'], seeds: 1, seed: 1n }, context)).rejects.toThrow(
      'no profile x; there are',
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
