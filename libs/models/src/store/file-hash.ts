import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ModelError } from '../error.js';

/** Lower-case hexadecimal sha256 and size of a file. Errors: `not_found`, `io`, `aborted`. */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: 1 << 20 }),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
        }
      },
      signal === undefined ? {} : { signal },
    );
  } catch (reason) {
    throw ModelError.from(reason);
  }
  return { sha256: hash.digest('hex'), bytes };
}
