import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_WARM_STARTS, createWarmStarts, readWarmStarts, writeWarmStarts } from './warm-starts.js';

describe('warm starts', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'outrider-warm-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps the latest of each key, and forgets the oldest beyond its bound', () => {
    const starts = createWarmStarts();
    for (let i = 0; i < MOST_WARM_STARTS; i++) starts.keep(`k${i}`, i);
    starts.keep('k0', 'again');
    starts.keep('one more', 1);
    expect(starts.find('k0')).toBe('again');
    expect(starts.find('k1')).toBeUndefined();
    expect(starts.find('k2')).toBe(2);
    expect(starts.entries().length).toBe(MOST_WARM_STARTS);
  });

  it('comes back from its file, and leaves nothing else there', async () => {
    const file = join(folder, 'warm.json');
    expect((await readWarmStarts(file)).entries()).toEqual([]);
    const starts = createWarmStarts([['a', { lambda: 0.5 }]]);
    await writeWarmStarts(file, starts);
    starts.keep('b', [1]);
    await writeWarmStarts(file, starts);
    expect((await readWarmStarts(file)).entries()).toEqual(starts.entries());
    expect(await readdir(folder)).toEqual(['warm.json']);
  });

  it.each(['[1]', '{"a":'])('refuses a file that holds %s', async (text) => {
    const file = join(folder, 'warm.json');
    await writeFile(file, text);
    await expect(readWarmStarts(file)).rejects.toThrow(SyntaxError);
  });
});
