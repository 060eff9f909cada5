/** How the download fails. That it succeeds is shown by the import of the default pair, with the real pip. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { scratchFolders } from '../scratch-folder.fixture.js';
import { pipDownload } from './pip-download.js';

const scratch = scratchFolders();
afterEach(() => {
  vi.unstubAllEnvs();
});

const wheel = { requirement: 'some-package==1.0', bytes: 1000 };

/** Makes programs of these names the only ones to be found. */
function onlyPrograms(programs: Readonly<Record<string, string>>): string {
  const folder = scratch.make();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', folder);
  return folder;
}

const hasPip = 'if [ "$3" = "--version" ]; then echo "pip 23.2.1"; exit 0; fi';

describe.skipIf(process.platform === 'win32')('pipDownload', () => {
  it('says what is missing when there is no Python, or Python has no pip', async () => {
    const missing = { code: 'download_failed', message: expect.stringMatching(/needs Python with pip/) };
    onlyPrograms({});
    await expect(pipDownload(wheel, scratch.make(), {})).rejects.toMatchObject(missing);
    onlyPrograms({ python3: 'echo "No module named pip" >&2; exit 1' });
    await expect(pipDownload(wheel, scratch.make(), {})).rejects.toMatchObject(missing);
  });

  it('takes `python` where `python3` has no pip', async () => {
    const folder = scratch.make();
    onlyPrograms({ python3: 'exit 1', python: `${hasPip}\necho x > ${folder}/some_package-1.0.whl` });
    await expect(pipDownload(wheel, folder, {})).resolves.toBe(join(folder, 'some_package-1.0.whl'));
  });

  it("passes on pip's own complaint in one line", async () => {
    onlyPrograms({
      python3: `${hasPip}\necho "WARNING: retrying" >&2; echo "ERROR: No matching distribution" >&2; echo "hint" >&2; exit 1`,
    });
    await expect(pipDownload(wheel, scratch.make(), {})).rejects.toMatchObject({
      code: 'download_failed',
      message: 'pip could not download some-package==1.0: No matching distribution',
    });
  });

  it('notices that nothing was downloaded', async () => {
    onlyPrograms({ python3: hasPip });
    await expect(pipDownload(wheel, scratch.make(), {})).rejects.toMatchObject({ code: 'download_failed' });
  });

  it('reports growth, and on abort ends pip before it rejects', async () => {
    const folder = scratch.make();
    const mark = join(folder, 'process-id');
    // exec: the shell becomes the sleeping program, as pip is one process.
    onlyPrograms({ python3: `${hasPip}\necho $$ > ${mark}\nexec /bin/sleep 60` });
    const controller = new AbortController();
    const download = pipDownload(wheel, folder, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 0) controller.abort();
      },
    });
    await expect(download).rejects.toMatchObject({ code: 'aborted' });
    expect(existsSync(mark)).toBe(true);
    const pid = Number(readFileSync(mark, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
