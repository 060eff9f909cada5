import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openJournal } from './journal.js';

interface Line {
  readonly cell: string;
  readonly figure: number;
}

const run = { seed: '1', commit: 'a' };
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-journal-'));
  path = join(folder, 'deep', 'study.measurements.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('goes on with what was finished, with figures rounded as they are written', async () => {
  const begun = await openJournal<Line>(path, run, false);
  await begun.add({ cell: 'a', figure: 1.23456789 });
  await begun.add({ cell: 'b', figure: 2 });
  const again = await openJournal<Line>(path, run, false);
  expect(again.lines).toEqual([
    { cell: 'a', figure: 1.2346 },
    { cell: 'b', figure: 2 },
  ]);
  expect(begun.lines).toEqual(again.lines);
});

it('leaves a line out that was cut off, and goes on behind the last whole one', async () => {
  const begun = await openJournal<Line>(path, run, false);
  await begun.add({ cell: 'a', figure: 1 });
  await appendFile(path, '{"cell":"b","fig');
  const again = await openJournal<Line>(path, run, false);
  expect(again.lines).toEqual([{ cell: 'a', figure: 1 }]);
  await again.add({ cell: 'c', figure: 3 });
  expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(3);
});

it('refuses to mix runs and says what differs, unless it is to begin anew', async () => {
  const begun = await openJournal<Line>(path, run, false);
  await begun.add({ cell: 'a', figure: 1 });
  await expect(openJournal<Line>(path, { ...run, commit: 'b' }, false)).rejects.toThrow(/another run \(commit differ/);
  expect((await openJournal<Line>(path, run, false)).lines).toHaveLength(1);
  expect((await openJournal<Line>(path, { ...run, commit: 'b' }, true)).lines).toEqual([]);
});
