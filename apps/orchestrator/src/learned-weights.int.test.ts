import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@outrider/config';
import { createPolicy, parsePolicy } from '@outrider/speculation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLearnedWeights } from './learned-weights.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-learned-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('loadLearnedWeights', () => {
  it('reads those of the default pair, which make a policy', async () => {
    const policy = createPolicy(parsePolicy('learned'), { learned: await loadLearnedWeights() });
    expect(policy.nextLimits().survival?.predictors.neural).toBeDefined();
  });

  it.each([
    ['not JSON', '{', /JSON/],
    ['not weights', '{"recentAcceptance": {"initial": 2, "keep": 0}}', /learned\.recentAcceptance\.initial/],
  ])('refuses a file that is %s, naming the setting and the file', async (name, text, problem) => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, text);
    const loading = loadLearnedWeights(file);
    await expect(loading).rejects.toThrow(ConfigError);
    await expect(loading).rejects.toThrow(problem);
    await expect(loading).rejects.toThrow('OUTRIDER_LEARNED_WEIGHTS');
    await expect(loading).rejects.toThrow(file);
  });

  it('refuses a file that is not there', async () => {
    await expect(loadLearnedWeights(join(folder, 'missing.json'))).rejects.toThrow(/ENOENT/);
  });
});
