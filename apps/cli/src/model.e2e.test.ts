import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDefaultGguf } from '@outrider/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { anyAlive, descendants, runCli, startCli, temporaryFolder } from './cli.fixture.js';
import type { JsonReport } from './generation/json-report.js';

let gguf = '';

beforeAll(async () => {
  gguf = await ensureDefaultGguf();
}, 600_000);

/** What is in a cache, without the folders that are always there. */
function modelsIn(home: string): string[] {
  const list = (folder: string): string[] => (existsSync(join(home, folder)) ? readdirSync(join(home, folder)) : []);
  expect(list('staging')).toEqual([]);
  return list('models');
}

describe('model', () => {
  it('imports, lists, runs and removes a model and a draft for it', async () => {
    const home = temporaryFolder();
    const env = { OUTRIDER_HOME: home };
    const empty = await runCli(['model', 'list'], env);
    expect(empty).toEqual({ code: 0, stdout: '', stderr: `no models in ${home}\n` });

    const imported = await runCli(['model', 'import', gguf, '--name', 'big'], env);
    expect(imported.stdout).toBe(`imported big into ${join(home, 'models', 'big')}\n`);
    expect(imported.stderr).toMatch(/^import big .*%/m);
    const alone = await runCli(['generate', '--target-model', 'big', '--max-tokens', '4'], env);
    expect(alone.stderr).toContain('no draft for big');

    expect((await runCli(['model', 'import', gguf, '--name', 'same', '--draft-of', 'big'], env)).code).toBe(0);
    const { stdout: table } = await runCli(['model', 'list'], env);
    expect(table).toMatch(/^big +\d+ MB +\d+ +49152 +apache-2.0 +GGUF$/m);
    expect(table).toMatch(/^same .* GGUF, drafts for big$/m);

    // A draft that is the target itself has all its tokens accepted.
    const pair = await runCli(['generate', '--target-model', 'big', '--max-tokens', '32', '--json'], env);
    const { speculation } = JSON.parse(pair.stdout) as JsonReport;
    expect(speculation.drafted).toBeGreaterThan(0);
    expect(speculation.acceptance_rate).toBe(1);

    expect((await runCli(['model', 'remove', 'same'], env)).stdout).toBe('removed same\n');
    expect(modelsIn(home)).toEqual(['big']);

    // In 4 bits it agrees mostly, not always.
    const asDraft = ['--name', 'small', '--precision', 'nibbles', '--draft-of', 'big'];
    expect((await runCli(['model', 'import', gguf, ...asDraft], env)).code).toBe(0);
    const smaller = await runCli(['generate', '--target-model', 'big', '--max-tokens', '32', '--json'], env);
    const rate = (JSON.parse(smaller.stdout) as JsonReport).speculation.acceptance_rate;
    expect(rate).toBeGreaterThan(0.3);
    expect(rate).toBeLessThan(1);
    expect((await runCli(['model', 'remove', 'same'], env)).stderr).toBe('outrider: there is no model same\n');
  });

  it.each([100, 400, 800, 1_500])('leaves nothing half-written on Ctrl-C %i ms into an import', async (ms) => {
    const home = temporaryFolder();
    const tmp = temporaryFolder();
    const run = startCli(['model', 'import', gguf, '--name', 'big'], { OUTRIDER_HOME: home, TMPDIR: tmp });
    await new Promise((resolve) => setTimeout(resolve, ms));
    const children = descendants(run.child.pid ?? 0);
    run.child.kill('SIGINT');
    const code = await run.exited;
    if (ms >= 400) expect(code).toBe(130);
    expect(anyAlive(children)).toBe(false);
    expect(modelsIn(home)).toEqual([]);
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('says what is wrong with a file in one line', async () => {
    const home = temporaryFolder();
    const broken = join(home, 'broken.gguf');
    writeFileSync(broken, readFileSync(gguf).subarray(0, 100_000));
    const { code, stdout, stderr } = await runCli(['model', 'import', broken], { OUTRIDER_HOME: home });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^outrider: [^\n]+\n$/);
    expect(modelsIn(home)).toEqual([]);
  });
});
