import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolders } from '../scratch-folder.fixture.js';
import { publish, unpublish, withStaging } from './staging.js';

const scratch = scratchFolders();
/** The compiled module, which another process can load. */
const compiled = new URL('../../dist/store/staging.js', import.meta.url).href;
const staged = (home: string) => (existsSync(join(home, 'staging')) ? readdirSync(join(home, 'staging')) : []);

/** A process that stages a file, says so, and then does `end`. */
function stagingProcess(home: string, end: string) {
  const source = `
    import { withStaging } from ${JSON.stringify(compiled)};
    import { writeFileSync } from 'node:fs';
    await withStaging({ home: ${JSON.stringify(home)} }, async (directory) => {
      writeFileSync(directory + '/half-written', 'x');
      process.stdout.write('staged');
      ${end};
    });`;
  return spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('withStaging', () => {
  it('removes its folder after success and after failure', async () => {
    const home = scratch.make();
    const during = await withStaging({ home }, async (directory) => {
      writeFileSync(join(directory, 'file'), 'x');
      return Promise.resolve(staged(home).length);
    });
    expect(during).toBe(1);
    await expect(withStaging({ home }, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(staged(home)).toEqual([]);
  });

  it('removes its folder when the process exits in the middle', async () => {
    const home = scratch.make();
    const child = stagingProcess(home, 'process.exit(3)');
    const [code] = await once(child, 'exit');
    expect(code).toBe(3);
    expect(staged(home)).toEqual([]);
  });

  it('removes what a killed process left, and nothing of a living one', async () => {
    const home = scratch.make();
    const killed = stagingProcess(home, 'await new Promise((resolve) => setTimeout(resolve, 60_000))');
    await once(killed.stdout, 'data');
    expect(staged(home)).toHaveLength(1);
    await withStaging({ home }, async () => Promise.resolve());
    expect(staged(home)).toHaveLength(1);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await withStaging({ home }, async () => Promise.resolve());
    expect(staged(home)).toEqual([]);
  });

  it('removes old leftovers of other machines, and leaves recent ones', async () => {
    const home = scratch.make();
    const id = '00000000-0000-0000-0000-000000000000';
    const [old, recent] = [`elsewhere-1-${id}`, `elsewhere-2-${id}`];
    for (const name of [old, recent]) mkdirSync(join(home, 'staging', name), { recursive: true });
    utimesSync(join(home, 'staging', old), 0, 0);
    expect(hostname()).not.toBe('elsewhere');
    await withStaging({ home }, async () => Promise.resolve());
    expect(staged(home)).toEqual([recent]);
  });
});

describe('publish', () => {
  const write = (directory: string, name: string, contents: string) => {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'contents'), contents);
    return join(directory, name);
  };

  it('puts a folder in its place, over an older one', async () => {
    const home = scratch.make();
    const place = join(home, 'models', 'm');
    for (const contents of ['first', 'second']) {
      await withStaging({ home }, (directory) => publish(write(directory, 'm', contents), place));
      expect(readFileSync(join(place, 'contents'), 'utf8')).toBe(contents);
    }
    expect(readdirSync(place)).toEqual(['contents']);
    expect(staged(home)).toEqual([]);
  });

  it('leaves one complete folder when many publish at once', async () => {
    const home = scratch.make();
    const place = join(home, 'models', 'm');
    const publishers = Array.from({ length: 12 }, (_, i) =>
      withStaging({ home }, (directory) => publish(write(directory, 'm', `from ${i}`), place)),
    );
    await Promise.all(publishers);
    expect(readFileSync(join(place, 'contents'), 'utf8')).toMatch(/^from \d+$/);
    expect(readdirSync(join(home, 'models'))).toEqual(['m']);
    expect(staged(home)).toEqual([]);
  });

  it('is undone by unpublish', async () => {
    const home = scratch.make();
    const place = join(home, 'models', 'm');
    await withStaging({ home }, (directory) => publish(write(directory, 'm', 'x'), place));
    await unpublish(place, { home });
    expect(existsSync(place)).toBe(false);
    await unpublish(place, { home });
    expect(staged(home)).toEqual([]);
  });
});
