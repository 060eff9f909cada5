import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { committedTraces } from '../replay/command.js';
import { parseTrace, readTrace, writeTrace } from './file.js';
import { evenTrace, traceHeader, traceText } from './trace.fixture.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-trace-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a trace on disk', () => {
  const trace = evenTrace(0.5, 4, 2);

  it.each(['plain.jsonl', 'packed.jsonl.gz'])('is read as it was written: %s', async (name) => {
    const path = join(folder, name);
    await writeTrace(path, trace);
    expect(await readTrace(path)).toEqual(trace);
  });

  it('that is not there, or is none, is named', async () => {
    await expect(readTrace(join(folder, 'none.jsonl'))).rejects.toThrow('cannot read the trace');
    const path = join(folder, 'other.jsonl');
    await writeFile(path, '{"format":"other"}\n');
    await expect(readTrace(path)).rejects.toThrow('is no trace of the format outrider-trace/1');
  });

  it.each([
    ['4 tokens, but 3 values of entropy', { entropy: [1, 1, 1] }],
    ['4 tokens, but not as many sources', { sources: 'nn' }],
    ['topProbability holds what is no number >= 0', { topProbability: [1, -1, 1, 1] }],
    ['nothing is known behind a rejected token at 0', { offPath: [null, null, null, null] }],
    ['a text without tokens', { tokens: [] }],
  ])('is refused by line when it says %s', (problem, wrong) => {
    const lines = [traceHeader(), traceText([0.5, 0.5, 0.5, 0.5]), traceText([0.5, 0.5, 0.5, 0.5], wrong)];
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    expect(() => parseTrace(text, 'x.jsonl')).toThrow(`x.jsonl:3: ${problem}`);
  });

  it('that is committed holds the whole workload', async () => {
    for (const path of await committedTraces()) {
      const { header, texts } = await readTrace(path);
      expect(header.settings.prompts).toBe(texts.length);
      expect(new Set(texts.map(({ kind }) => kind)).size).toBe(6);
      expect(header.commit).toMatch(/^[0-9a-f]{40}$/);
    }
  });
});
